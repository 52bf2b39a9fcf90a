// Result<T>: the one way in which a function of ours reports what can happen (decisions.md §12).
#pragma once

#include <boost/system/result.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

/// What went wrong: an errno (or 0), what was being done, and to which object.
/// `message()` joins the three: "bind to 10.0.0.1: Cannot assign requested address".
struct Error {
    int code = 0;        ///< errno value, 0 when the kernel had no part in it
    std::string doing;   ///< "open", "bind", "add address"
    std::string object;  ///< the file, the address, the interface; may be empty
    std::string detail;  ///< the kernel's or the library's own words; may be empty

    Error() = default;
    // Not an aggregate: C++20 would make it constructible from one number, and Result<number> ambiguous.
    Error(int errno_value, std::string what, std::string which = {}, std::string words = {})
        : code(errno_value), doing(std::move(what)), object(std::move(which)), detail(std::move(words)) {}

    std::string message() const {
        std::string text = doing;
        if (!object.empty()) text += " " + object;
        if (code != 0) text += std::string(": ") + std::strerror(code);
        if (!detail.empty()) text += (code != 0 ? " (" + detail + ")" : ": " + detail);
        return text;
    }
};

inline Error errno_error(std::string doing, std::string object = {}) {
    return Error{errno, std::move(doing), std::move(object), {}};
}

/// Accessing the value of a failed result is a fault of the caller: it throws.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::runtime_error(error.message());
}

template <typename T = void>
using Result = boost::system::result<T, Error>;
