// What the code under test logged, line by line: stands for syslogd on a socket of its own.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "lib/log/log.hpp"
#include "lib/process/unique_fd.hpp"
#include "tests/support/scratch.hpp"

class CapturedLog {
  public:
    explicit CapturedLog(int detail = 0) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, (scratch_ / "log").c_str(), sizeof address.sun_path - 1);
        ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        logging::Options options;
        options.ident = "test";
        options.socket = scratch_ / "log";
        options.detail = detail;
        logging::open(options);
    }
    ~CapturedLog() {
        logging::Options silent;
        silent.syslog = false;
        logging::open(silent);
    }

    /// All lines so far, without time and ident.
    const std::vector<std::string>& lines() {
        char text[9000];
        for (ssize_t n; (n = ::recv(fd_.get(), text, sizeof text, MSG_DONTWAIT)) >= 0;) {
            const std::string line(text, static_cast<std::size_t>(n));
            lines_.push_back(line.substr(line.find("]: ") + 3));
        }
        return lines_;
    }
    bool has(const std::string& line) { return std::ranges::count(lines(), line) > 0; }
    long count(const std::string& line) { return std::ranges::count(lines(), line); }

  private:
    Scratch scratch_;
    UniqueFd fd_;
    std::vector<std::string> lines_;
};
