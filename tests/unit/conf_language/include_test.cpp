// Includes and the files given by -f: conf-language.md §9, §10.
#include <sys/stat.h>
#include <catch2/catch.hpp>
#include <filesystem>

#include "files.hpp"

using Texts = std::vector<std::string>;
namespace fs = std::filesystem;

TEST_CASE("includes are spliced in, relative to the file that holds them") {
    const ConfigFiles files;
    files.write("main.conf", "a {\ninclude sub/one.conf\n}\ninclude last.conf");
    files.write("sub/one.conf", "include two.conf\n${_PWD}");
    files.write("sub/two.conf", "two {");
    files.write("last.conf", "}");
    const auto read = read_pattern(files.path("main.conf"));
    CHECK(read.lines() == "a|{|two|{|" + files.path("sub") + "|}|}");
    CHECK(read.messages().empty());
    REQUIRE(read.expanded.positions.files.size() == 4);
    CHECK(read.expanded.positions.files[1].name == "sub/one.conf");
    CHECK(read.expanded.positions.files[2].included_from.line == 1);
}

TEST_CASE("wildcards and alternatives are read in order") {
    const ConfigFiles files;
    for (const char* name : {"b", "a", "c"}) files.write(std::string("inc/") + name + ".conf", name);
    const auto lines = [&](const std::string& text) {
        files.write("main.conf", text);
        return read_pattern(files.path("main.conf")).lines();
    };
    CHECK(lines("include inc/*.conf") == "a|b|c");
    CHECK(lines("include inc/[bc].conf") == "b|c");
    CHECK(lines("include inc/{c,a}.conf") == "c|a");
    CHECK(lines("include inc/{{c,b},a}.conf") == "c|b|a");
    CHECK(lines("$D=inc\ninclude ${D}/a.conf") == "a");
    CHECK(lines("@me include inc/a.conf\n@you include inc/b.conf") == "a");
    CHECK(lines("$K=include inc/a.conf\n$K") == "a");
    CHECK(lines("~LST(V,c,a,b) include inc/${V}.conf") == "c|a|b");
    CHECK(lines("include") == "include");
    CHECK(lines("includex a") == "includex a");
    CHECK(lines("include \"inc/a.conf\"").empty());
}

TEST_CASE("what an include treats as an error depends on its letter") {
    const ConfigFiles files;
    files.write("there.conf", "there");
    files.write("script.conf", "x");
    ::chmod(files.path("script.conf").c_str(), 0755);
    fs::create_directory(files.path("folder"));
    struct Case {
        const char *pattern, *message;
        const char* errors_with;  ///< letters of includes for which it is an error; ' ' = plain
        const char* silent_with;
        bool rest_is_read;
    };
    const std::string all = " rmwba";
    const Case cases[] = {
        {"folder", "Configuration file 'folder' is a directory - skipping", "rmwba", "", false},
        {"script.conf", "Configuration file 'script.conf' is not a regular non-executable file - skipping",
         "rmwba", "", false},
        {"no.conf", "Config files missing 'no.conf'.", "mwa", "", false},
        {"no*.conf", "No config files matched 'no*.conf'.", "wa", " rmb", false},
        {"{there,no}.conf", "Some config files missing: \"no.conf\".", "ba", "", true},
        {"{no,not}.conf", "Config files missing '{no,not}.conf'.", "ba", "", false},
    };
    for (const auto& c : cases) {
        for (const char letter : all) {
            const std::string keyword =
                std::string("include") + (letter == ' ' ? "" : std::string(1, letter));
            INFO(keyword << " " << c.pattern);
            files.write("main.conf", keyword + " " + c.pattern + "\n");
            const auto read = read_pattern(files.path("main.conf"));
            const bool is_error = std::string(c.errors_with).find(letter) != std::string::npos;
            const bool is_silent = std::string(c.silent_with).find(letter) != std::string::npos;
            CHECK(read.messages() == (is_silent ? Texts{} : Texts{c.message}));
            CHECK(read.diagnostics.exit_status() == (is_error ? 6 : 0));
            CHECK(read.diagnostics.refuses_reload() == is_error);
            CHECK(read.lines() == (c.rest_is_read && !is_error ? "there" : ""));
        }
    }
}

TEST_CASE("include_check adds checks until the end of its file") {
    const ConfigFiles files;
    files.write("inner.conf", "global_defs {\ninclude_check\n}\ninclude no1.conf\n");
    const auto status = [&](const std::string& text) {
        files.write("main.conf", text);
        return read_pattern(files.path("main.conf")).diagnostics.exit_status();
    };
    CHECK(status("include no.conf\nglobal_defs {\ninclude_check\n}\n") == 0);
    CHECK(status("global_defs {\ninclude_check\n}\ninclude no.conf\n") == 6);
    CHECK(status("global_defs {\ninclude_check match\n}\ninclude no*.conf\n") == 0);
    CHECK(status("global_defs {\ninclude_check +wildcard_match\n}\ninclude no*.conf\n") == 6);
    CHECK(status("global_defs {\ninclude_check\ninclude_check -match\n}\ninclude no.conf\n") == 0);
    CHECK(status("include inner.conf\n") == 6);
    files.write("inner.conf", "global_defs {\ninclude_check\n}\n");
    CHECK(status("include inner.conf\ninclude no.conf\n") == 0);

    files.write("main.conf", "global_defs {\ninclude_check match read readable\n}\n");
    CHECK(read_pattern(files.path("main.conf")).errors() ==
          Texts{"Duplicate include_check 'read' specified - ignoring",
                "Duplicate include_check 'readable' specified - ignoring"});
}

TEST_CASE("with -e every include is checked") {
    const ConfigFiles files;
    files.write("main.conf", "include no.conf\n");
    CHECK(read_pattern(files.path("main.conf"), true).diagnostics.exit_status() == 6);
}

TEST_CASE("the main file must be a regular file that is not executable") {
    const ConfigFiles files;
    fs::create_directory(files.path("folder"));
    ::mkfifo(files.path("fifo").c_str(), 0600);
    files.write("script", "x");
    ::chmod(files.path("script").c_str(), 0700);
    for (const char* name : {"missing", "folder", "fifo", "script", "*.no"}) {
        INFO(name);
        const auto read = read_pattern(files.path(name));
        CHECK(read.expanded.main_file_missing);
        CHECK(read.diagnostics.exit_status() == 4);
        CHECK(read.messages().size() == 1);
    }
    CHECK(read_pattern("/dev/null").errors() ==
          Texts{"Configuration file '/dev/null' is not a regular non-executable file - skipping"});
    CHECK(read_pattern("").diagnostics.exit_status() == 4);
}

TEST_CASE("several main files are one configuration, with a warning") {
    const ConfigFiles files;
    files.write("1.conf", "a {");
    files.write("2.conf", "}");
    const auto read = read_pattern(files.path("*.conf"));
    CHECK(read.lines() == "a|{|}");
    CHECK(read.errors() == Texts{"WARNING, multiple configuration file matches of " + files.path("*.conf") +
                                 ", starting with " + files.path("1.conf")});
    CHECK(read.diagnostics.exit_status() == 5);
}

TEST_CASE("a file that includes itself ends at the limit of depth") {
    const ConfigFiles files;
    files.write("main.conf", "x\ninclude main.conf\n");
    const auto read = read_pattern(files.path("main.conf"));
    CHECK(read.expanded.positions.files.size() == conf::kMaxIncludeDepth);
    CHECK(read.messages().size() == 1);
    CHECK(read.diagnostics.exit_status() == 0);
    CHECK(read.diagnostics.list[0].related.size() < 20);
}

TEST_CASE("a file that includes itself twice ends in an error") {
    const ConfigFiles files;
    files.write("main.conf", "include main.conf\ninclude main.conf\n");
    CHECK(read_pattern(files.path("main.conf")).expanded.stopped);
}

TEST_CASE("patterns that would match too much end in an error") {
    const ConfigFiles files;
    std::string braces = "include ";
    for (int count = 0; count < 30; ++count) braces += "{a,b}";
    files.write("main.conf", braces + "\n");
    CHECK(read_pattern(files.path("main.conf")).diagnostics.exit_status() == 6);
    files.write("main.conf", "include /*/*/*/*/../../../../*/*/*/*/../../../../*/*/*/*\n");
    CHECK(read_pattern(files.path("main.conf")).diagnostics.exit_status() == 6);
}
