#include "lib/digest/hmac.hpp"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

// libcrypto's interface (HMAC(3ssl)), declared here because the library is loaded by hand.
struct evp_md_st;

namespace digest {

namespace {

using Algorithm = const evp_md_st*();
using Compute = unsigned char*(const evp_md_st*, const void*, int, const unsigned char*, std::size_t,
                               unsigned char*, unsigned int*);

struct Library {
    Algorithm* md5;
    Algorithm* sha256;
    Compute* hmac;
};

/// Ours for the life of the process. A package without libcrypto cannot be installed: it throws.
const Library& library() {
    static const Library loaded = [] {
        void* handle = ::dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
        if (handle == nullptr) throw std::runtime_error(std::string("load libcrypto: ") + ::dlerror());
        const Library found{reinterpret_cast<Algorithm*>(::dlsym(handle, "EVP_md5")),
                            reinterpret_cast<Algorithm*>(::dlsym(handle, "EVP_sha256")),
                            reinterpret_cast<Compute*>(::dlsym(handle, "HMAC"))};
        if (found.md5 == nullptr || found.sha256 == nullptr || found.hmac == nullptr) {
            throw std::runtime_error("load libcrypto: HMAC is missing");
        }
        return found;
    }();
    return loaded;
}

template <std::size_t N>
std::array<std::uint8_t, N> compute(Algorithm* algorithm, std::span<const std::uint8_t> key,
                                    std::span<const std::uint8_t> data) {
    std::array<std::uint8_t, N> out{};
    library().hmac(algorithm(), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
                   out.data(), nullptr);
    return out;
}

}  // namespace

std::array<std::uint8_t, 16> hmac_md5(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data) {
    return compute<16>(library().md5, key, data);
}

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key,
                                         std::span<const std::uint8_t> data) {
    return compute<32>(library().sha256, key, data);
}

bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    if (a.size() != b.size()) return false;
    volatile std::uint8_t different = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        different = static_cast<std::uint8_t>(different | (a[i] ^ b[i]));
    return different == 0;
}

}  // namespace digest
