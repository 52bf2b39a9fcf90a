#include "vrrp/tracking/process_match.hpp"

#include <catch2/catch.hpp>

using conf::ParamMatch;
using conf::TrackProcess;
using namespace vrrp::tracking;
using Words = std::vector<std::string>;

namespace {

TrackProcess tracked(const std::string& process, Words parameters = {}, ParamMatch match = ParamMatch::none,
                     bool full_command = false) {
    TrackProcess result;
    result.process = process;
    result.parameters = std::move(parameters);
    result.param_match = match;
    result.full_command = full_command;
    return result;
}

}  // namespace

TEST_CASE("a command line is split at its zero bytes") {
    using namespace std::string_literals;
    CHECK(words_of("a\0b c\0\0"s) == Words{"a", "b c", ""});
    CHECK(words_of("").empty());
    CHECK(words_of("cut off") == Words{"cut off"});
}

TEST_CASE("without parameters the kernel's name decides, at most 15 characters of it") {
    CHECK(matches(tracked("named"), {"named", {}}));
    CHECK(matches(tracked("/usr/sbin/named"), {"named", {}}));
    CHECK(matches(tracked("a-very-long-process-name"), {"a-very-long-pro", {}}));
    CHECK_FALSE(matches(tracked("named"), {"namedx", {}}));
    CHECK_FALSE(matches(tracked("named"), {"", {}}));
}

TEST_CASE("parameters are compared as param_match says") {
    struct Case {
        ParamMatch match;
        Words wanted, given;
        bool expected;
    };
    const Case cases[]{
        {ParamMatch::exact, {"-u", "bind"}, {"-u", "bind"}, true},
        {ParamMatch::exact, {"-u", "bind"}, {"-u", "bind", "-4"}, false},
        {ParamMatch::exact, {"-u", "bind"}, {"-u"}, false},
        {ParamMatch::exact, {"-u", "bi"}, {"-u", "bind"}, false},
        {ParamMatch::exact, {}, {}, true},
        {ParamMatch::exact, {}, {"-4"}, false},
        {ParamMatch::initial, {"-u", "bind"}, {"-u", "bind", "-4"}, true},
        {ParamMatch::initial, {"-u", "bi"}, {"-u", "bind", "-4"}, false},
        {ParamMatch::initial, {"-u", "bind"}, {"-u"}, false},
        {ParamMatch::initial, {}, {"-4"}, true},
        {ParamMatch::partial, {"-u", "bi"}, {"-u", "bind", "-4"}, true},
        {ParamMatch::partial, {"-u", "bx"}, {"-u", "bind"}, false},
        {ParamMatch::partial, {"-", "bind"}, {"-u", "bind"}, false},
        {ParamMatch::none, {}, {"anything"}, true},
    };
    for (const auto& c : cases) {
        Words argv{"/usr/sbin/named"};
        argv.insert(argv.end(), c.given.begin(), c.given.end());
        INFO(static_cast<int>(c.match) << " wanted " << Catch::StringMaker<Words>::convert(c.wanted)
                                       << " given " << Catch::StringMaker<Words>::convert(c.given));
        CHECK(matches(tracked("/usr/sbin/named", c.wanted, c.match, true), {"named", argv}) == c.expected);
        CHECK_FALSE(matches(tracked("/usr/bin/other", c.wanted, c.match, true), {"named", argv}));
    }
}

TEST_CASE("a process without a command line matches no command line") {
    CHECK_FALSE(matches(tracked("kthreadd", {}, ParamMatch::none, true), {"kthreadd", {}}));
}
