// A file of its own: the stamp is a definition of this file only, so that a new stamp rebuilds nothing else.
#include <string_view>

#include "lib/process/control.hpp"

namespace control {

std::uint64_t build_id() {
    // FNV-1a over version and the time at which the build tree was configured.
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : std::string_view{KEEPALIVED_VERSION " " KEEPALIVED_BUILD_STAMP})
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

}  // namespace control
