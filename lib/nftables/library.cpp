#include "lib/nftables/library.hpp"

#include <dlfcn.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

#include "lib/process/unique_fd.hpp"

// The interface of libnftables(3), declared here because the library is loaded only when it is needed.
struct nft_ctx;

namespace nftables {

struct Library::Loaded {
    void* handle = nullptr;
    nft_ctx* context = nullptr;
    void (*free)(nft_ctx*) = nullptr;
    int (*run)(nft_ctx*, const char*) = nullptr;
    const char* (*error_text)(nft_ctx*) = nullptr;

    template <typename Function>
    bool find(Function*& function, const char* name) {
        function = reinterpret_cast<Function*>(::dlsym(handle, name));
        return function != nullptr;
    }

    bool load() {
        nft_ctx* (*make)(std::uint32_t) = nullptr;
        int (*buffer_output)(nft_ctx*) = nullptr;
        int (*buffer_error)(nft_ctx*) = nullptr;
        handle = ::dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
        if (handle == nullptr || !find(make, "nft_ctx_new") || !find(free, "nft_ctx_free") ||
            !find(buffer_output, "nft_ctx_buffer_output") || !find(buffer_error, "nft_ctx_buffer_error") ||
            !find(run, "nft_run_cmd_from_buffer") || !find(error_text, "nft_ctx_get_error_buffer")) {
            return false;
        }
        context = make(0);
        if (context == nullptr) return false;
        buffer_output(context);
        buffer_error(context);
        return true;
    }

    ~Loaded() {
        if (context != nullptr) free(context);
        if (handle != nullptr) ::dlclose(handle);
    }
};

Library::Library() = default;
Library::~Library() = default;
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;

Result<> Library::run(const std::string& commands) {
    if (!loaded_) {
        // The library ends the process where the kernel has no netfilter netlink (libnftables 1.0.6).
        const UniqueFd probe(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
        if (!probe) return errno_error("open a netfilter netlink socket");
        auto loaded = std::make_unique<Loaded>();
        if (!loaded->load()) return Error{ENOENT, "load libnftables", "", ""};
        loaded_ = std::move(loaded);
    }
    if (loaded_->run(loaded_->context, commands.c_str()) == 0) return {};
    std::string text = loaded_->error_text(loaded_->context);
    if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
    return Error{0, "carry out nftables commands", "", text};
}

}  // namespace nftables
