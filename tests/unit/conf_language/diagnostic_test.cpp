// What problems mean for -t and for a reload, and how they look: conf-language.md §8.4, spec/README.md.
#include "conf/diagnostic.hpp"

#include <catch2/catch.hpp>

using conf::Class;

namespace {

conf::Diagnostics with(std::initializer_list<Class> classes) {
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink sink(diagnostics);
    for (const auto severity : classes) sink.report(severity, {}, "text");
    return diagnostics;
}

}  // namespace

TEST_CASE("the worst class decides the exit status of -t") {
    CHECK(with({}).exit_status() == 0);
    CHECK(with({Class::note}).exit_status() == 0);
    CHECK(with({Class::file_not_found}).exit_status() == 4);
    CHECK(with({Class::fatal, Class::bad_interface}).exit_status() == 4);
    CHECK(with({Class::fatal, Class::unknown_keyword}).exit_status() == 5);
    CHECK(with({Class::multiple_files}).exit_status() == 5);
    CHECK(with({Class::deprecated}).exit_status() == 5);
    CHECK(with({Class::security, Class::warning}).exit_status() == 6);
}

TEST_CASE("a missing parameter ends with 2, a failed include check with 6, whatever else was met") {
    auto diagnostics = with({Class::security});
    conf::DiagnosticSink sink(diagnostics);
    sink.report(Class::file_not_found, {}, "include").include_check = true;
    CHECK(diagnostics.exit_status() == 6);
    sink.missing_parameter({0, 1, 1, 1}, "vrrp_version", "vrrp_version", 2);
    CHECK(diagnostics.exit_status() == 2);
    CHECK(diagnostics.list.back().text ==
          "*** Configuration line starting `vrrp_version` is missing a parameter after keyword "
          "`vrrp_version` at word "
          "position 2");
}

TEST_CASE("what is only logged does not count") {
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink(diagnostics).log(Class::security, {}, "text");
    CHECK(diagnostics.exit_status() == 0);
    CHECK_FALSE(diagnostics.refuses_reload());
}

TEST_CASE("a reload is refused for what would ruin it, not for what is merely wrong") {
    for (const auto severity :
         {Class::unknown_keyword, Class::invalid_number, Class::general_error, Class::warning,
          Class::deprecated, Class::security, Class::unexpected_open_brace}) {
        CHECK_FALSE(with({severity}).refuses_reload());
    }
    for (const auto severity :
         {Class::unexpected_close_brace, Class::missing_close_brace, Class::unmatched_quote}) {
        CHECK(with({severity}).refuses_reload());
    }
}

TEST_CASE("beyond the limit problems are counted, and still decide") {
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink sink(diagnostics);
    const auto distinct = [](std::size_t number) {
        std::string text;
        for (; number > 0; number /= 26) text += static_cast<char>('a' + number % 26);
        return text;
    };
    for (std::size_t count = 0; count < conf::kMaxDiagnostics + 10; ++count)
        sink.report(Class::warning, {}, distinct(count));
    sink.report(Class::file_not_found, {}, "text").include_check = true;
    sink.report(Class::warning, {}, "text");
    CHECK(diagnostics.list.size() == conf::kMaxDiagnostics);
    CHECK(diagnostics.omitted == 12);
    CHECK(diagnostics.exit_status() == 6);
    CHECK(diagnostics.refuses_reload());
}

TEST_CASE("thousands of the same complaint are summed up, and hide no other") {
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink sink(diagnostics);
    constexpr unsigned kLines = 7'000;
    for (unsigned line = 1; line <= kLines; ++line)
        sink.report(Class::unknown_keyword, {0, line, 1, 1}, "Unknown keyword '|'");
    sink.report(Class::security, {0, kLines + 1, 1, 1}, "quite another");
    REQUIRE(diagnostics.list.size() == conf::kMaxAlike + 1);
    const auto& last_listed = diagnostics.list[conf::kMaxAlike - 1];
    CHECK(last_listed.alike == kLines - conf::kMaxAlike);
    CHECK(conf::more_like_it(last_listed) == "... and 6500 more like it, the last on line 7000");
    CHECK(diagnostics.list.back().text == "quite another");
    CHECK(diagnostics.omitted == 0);
    CHECK(diagnostics.exit_status() == 6);
}

TEST_CASE("what ends a reader counts among the summed up, too") {
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink sink(diagnostics);
    for (std::size_t count = 0; count < conf::kMaxAlike; ++count) sink.report(Class::warning, {}, "text");
    sink.report(Class::warning, {}, "text").ends_reader = true;
    CHECK(diagnostics.list.size() == conf::kMaxAlike);
    CHECK(diagnostics.exit_status() == 2);
}

TEST_CASE("a problem found twice at one place is said once") {
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink sink(diagnostics);
    const conf::Span where{0, 3, 4, 5};
    sink.report(Class::unmatched_quote, where, "Unterminated quote 'x'");
    sink.report(Class::unmatched_quote, {0, 3, 9, 1}, "Unmatched quote: 'x'");
    sink.report(Class::unknown_keyword, where, "Unknown keyword 'y'");
    sink.report(Class::unknown_keyword, where, "Unknown keyword 'y'");
    diagnostics.remove_repetitions();
    CHECK(diagnostics.list.size() == 2);
}

TEST_CASE("a problem is shown with its line, a caret, the chain and a hint") {
    conf::Diagnostic problem;
    problem.severity = Class::unknown_keyword;
    problem.where = {0, 7, 5, 7};
    problem.text = "Unknown keyword 'priorty'";
    problem.expected = "a keyword of vrrp_instance";
    problem.hint = "did you mean `priority`?";
    problem.source_line = "\tVI: priorty 100";
    problem.related.push_back({{1, 2, 3, 0}, "included from here"});
    const std::vector<std::string> files{"a.conf", "b.conf"};
    CHECK(render(problem, files, conf::Style::log_line) == "(a.conf: Line 7) Unknown keyword 'priorty'");
    CHECK(render(problem, files, conf::Style::full) ==
          "a.conf:7:5: error: Unknown keyword 'priorty' — expected a keyword of vrrp_instance\n"
          "     VI: priorty 100\n"
          "        ^~~~~~~\n"
          "  b.conf:2:3: included from here\n"
          "  hint: did you mean `priority`?");
    problem = {};
    problem.severity = Class::warning;
    problem.text = "(V) No VIP specified; at least one is sensible";
    CHECK(render(problem, files, conf::Style::log_line) == problem.text);
    CHECK(render(problem, files, conf::Style::full) == "warning: " + problem.text);
}

TEST_CASE("a terminal is not at the mercy of the configuration's bytes") {
    conf::Diagnostic problem;
    problem.severity = Class::unknown_keyword;
    problem.where = {0, 1, 200, 4};
    problem.text = "Unknown keyword '\033[2J'";
    problem.source_line = std::string(199, 'x') + "\033[2Jand more" + std::string(200, 'y');
    const std::string text = render(problem, {"a"}, conf::Style::full);
    CHECK(text.find('\033') == std::string::npos);
    CHECK(text.size() < 400);
}
