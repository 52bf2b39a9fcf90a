// keepalived_manual OUTLINE PAGE: writes keepalived.conf(5), while the suite is built.
#include "conf/manual.hpp"

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>

int main(int count, char** arguments) {
    if (count != 3) {
        std::fputs("usage: keepalived_manual OUTLINE PAGE\n", stderr);
        return 2;
    }
    try {
        std::ifstream outline(arguments[1]);
        const std::string text(std::istreambuf_iterator<char>(outline), {});
        const std::string page = conf::manual_page(text);
        std::ofstream out(arguments[2]);
        out << page << std::flush;
        return outline && out ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", arguments[1], error.what());
        return 1;
    }
}
