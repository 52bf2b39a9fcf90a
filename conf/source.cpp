#include "conf/source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace conf {

namespace {

constexpr std::size_t kBufferSize = std::size_t{32} * 1024;

std::string open_problem(int error) {
    return std::string("open problem (") + std::strerror(error) + ") - skipping";
}

std::string unsuitable(const struct stat& state) {
    if (S_ISDIR(state.st_mode)) return "is a directory - skipping";
    if (!S_ISREG(state.st_mode) || (state.st_mode & 0111) != 0) {
        return "is not a regular non-executable file - skipping";
    }
    return {};
}

}  // namespace

std::string SourceReader::open(const std::string& path) {
    // Looked at before it is opened: opening a device or a FIFO has effects of its own.
    struct stat state {};
    if (::stat(path.c_str(), &state) != 0) return open_problem(errno);
    if (auto reason = unsuitable(state); !reason.empty()) return reason;
    fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd_) return open_problem(errno);
    if (::fstat(fd_.get(), &state) != 0) return open_problem(errno);
    return unsuitable(state);
}

/// More bytes behind the ones not yet taken. False at the end of the file.
bool SourceReader::fill() {
    if (at_end_) return false;
    if (buffer_.empty()) buffer_.resize(kBufferSize);
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    ssize_t got = -1;
    do {
        got = ::read(fd_.get(), buffer_.data() + end_, buffer_.size() - end_);
    } while (got < 0 && errno == EINTR);
    at_end_ = got <= 0;
    if (got > 0) end_ += static_cast<std::size_t>(got);
    return got > 0;
}

SourceReader::Line SourceReader::next(std::string_view& line) {
    bool too_long = false;
    for (;;) {
        const char* bytes = buffer_.data() + begin_;
        const auto* feed =
            static_cast<const char*>(end_ > begin_ ? std::memchr(bytes, '\n', end_ - begin_) : nullptr);
        if (feed == nullptr && end_ - begin_ > kMaxLineLength) {
            too_long = true;
            begin_ = end_;
        }
        if (feed == nullptr && fill()) continue;
        if (feed == nullptr && begin_ == end_ && !too_long) {
            fd_.reset();
            return Line::end;
        }
        bytes = buffer_.data() + begin_;
        std::size_t size = feed != nullptr ? static_cast<std::size_t>(feed - bytes) : end_ - begin_;
        begin_ = feed != nullptr ? begin_ + size + 1 : end_;
        ++line_number_;
        if (too_long || size > kMaxLineLength) return Line::too_long;
        while (size > 0 && (bytes[size - 1] == '\r' || bytes[size - 1] == '\n')) --size;
        line = {bytes, size};
        return Line::text;
    }
}

}  // namespace conf
