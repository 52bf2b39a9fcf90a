// The whole reader on any bytes: it ends, within its limits, and a child which replays the generation comes to the same
// model. The host is made up, nothing is looked up; the formatter must take the same bytes.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "conf/fact_text.hpp"
#include "conf/format.hpp"
#include "conf/reader.hpp"

namespace {

class FuzzHost : public conf::LiveFacts {
  protected:
    std::string look_up(const std::string& question) const override {
        const conf::FactFields fields(question);
        const std::string kind = fields.text(0);
        if (kind == "host_name") return conf::fact_text({"me", "me.example.org"});
        if (kind == "caller") return conf::fact_text({"0", "0", "root"});
        if (kind == "online_cpus") return "4";
        if (kind == "user" && fields.text(1) == "root") return conf::fact_text({"0", "0", "0"});
        if (kind == "script") return conf::fact_text({"0", "0", "/bin/true", "/bin/true", "0", ""});
        if (kind == "interfaces") {
            conf::Interface eth0;
            eth0.name = "eth0";
            eth0.index = 2;
            eth0.mtu = 1500;
            eth0.type = 1;
            eth0.flags = 0x1003;
            return conf::encode_interfaces({eth0});
        }
        return {};
    }
};

/// The input as a regular file without a name of its own.
int input_file() {
    static const int fd = [] {
        const int made = ::memfd_create("input", MFD_CLOEXEC);
        ::fchmod(made, 0600);
        return made;
    }();
    return fd;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const int fd = input_file();
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, data, size, 0) != static_cast<ssize_t>(size)) return 0;

    if (size > 64 * 1024) return 0;
    const FuzzHost host;
    conf::ReadOptions options;
    options.pattern = "/proc/self/fd/" + std::to_string(fd);
    options.config_test = size % 2 == 0;
    const auto generation = conf::read(options, host);
    for (const auto& diagnostic : generation.diagnostics.list) {
        render(diagnostic, generation.diagnostics.files, conf::Style::full);
    }
    const auto sealed = conf::seal(generation, false);
    const auto replayed = conf::open_sealed(sealed->get());
    if (!replayed || replayed->model_hash != generation.model_hash) std::abort();
    conf::format_configuration({reinterpret_cast<const char*>(data), size});
    return 0;
}
