#include "lib/watch/number_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "lib/log/log.hpp"
#include "lib/process/unique_fd.hpp"

namespace watch {

namespace {

constexpr std::size_t kReadLimit = 4096;
constexpr mode_t kMode = 0644;
constexpr std::int64_t kBeyond = std::int64_t{1}
                                 << 40;  ///< large enough to be out of range, far from overflow

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// -1 when `c` is no digit of the base.
int digit(char c, int base) {
    int value = -1;
    if (c >= '0' && c <= '9') value = c - '0';
    if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
    return value < base ? value : -1;
}

/// Takes the prefix of the number; "0x" counts only before a hexadecimal digit, as in strtol.
int take_base(std::string_view& text) {
    if (text.size() >= 3 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && digit(text[2], 16) >= 0) {
        text.remove_prefix(2);
        return 16;
    }
    return text.starts_with('0') ? 8 : 10;
}

}  // namespace

std::variant<std::int32_t, OutOfRange> number_in(std::string_view content) {
    while (!content.empty() && is_blank(content.front())) content.remove_prefix(1);
    std::string_view rest = content;
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    const int base = take_base(rest);

    std::int64_t value = 0;
    for (; !rest.empty() && digit(rest.front(), base) >= 0; rest.remove_prefix(1))
        if (value < kBeyond) value = value * base + digit(rest.front(), base);
    if (negative) value = -value;
    if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max())
        return OutOfRange{std::string(content.substr(0, content.size() - rest.size()))};
    return static_cast<std::int32_t>(value);
}

NumberFile read_number_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return {};
    char content[kReadLimit];
    const ssize_t length = ::read(fd.get(), content, sizeof content);
    if (length < 0) return {};
    return {true, number_in({content, static_cast<std::size_t>(length)})};
}

void initialise_number_file(const std::string& path, std::int32_t value, bool overwrite) {
    const int only_new = overwrite ? 0 : O_EXCL;
    const UniqueFd fd(::open(
        path.c_str(), O_WRONLY | O_CREAT | only_new | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, kMode));
    if (!fd && errno == EEXIST) return;
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
        logging::info("Unable to initialise track file {} - errno {} ({})", path, errno,
                      std::strerror(errno));
        return;
    }
    if (!S_ISREG(status.st_mode)) {
        logging::info("Track file {} is not a regular file - not initialised", path);
        return;
    }
    const std::string text = std::to_string(value) + "\n";
    const bool written = ::ftruncate(fd.get(), 0) == 0 &&
                         ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (!written) logging::info("Unable to write track file {} ({})", path, std::strerror(errno));
}

}  // namespace watch
