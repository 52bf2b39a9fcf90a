// genhash's command line (lvs-behaviour.md §14).
#pragma once

#include <optional>
#include <string>

#include "conf/model_lvs.hpp"

namespace genhash {

struct Options {
    conf::Connection connection;
    std::string path;
    std::string virtualhost;
    conf::HttpProtocol protocol = conf::HttpProtocol::http10;
    bool tls = false;
    bool sni = false;
    bool verbose = false;
};

/// nullopt: what is wrong, and the usage, have been written to stderr.
std::optional<Options> parse(int argc, char** argv);

}  // namespace genhash
