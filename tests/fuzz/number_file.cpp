// The number at the start of a tracked file agrees with strtoll, base 0.
#include "lib/watch/number_file.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    const auto ours = watch::number_in(text);
    errno = 0;
    const long long theirs = std::strtoll(text.c_str(), nullptr, 0);
    const bool fits = errno == 0 && theirs >= INT32_MIN && theirs <= INT32_MAX;
    const auto* number = std::get_if<std::int32_t>(&ours);
    if (fits != (number != nullptr) || (fits && *number != theirs)) std::abort();
    return 0;
}
