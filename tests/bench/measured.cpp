// measured FILE PROGRAM [arguments…]: runs a program and writes into FILE how long it took, in nanoseconds, and how much memory
// it had at most, in KiB. A small program of its own: a process keeps, through exec, the peak of the one it was forked
// from, and Python's alone is above what is to be measured.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

int main(int count, char** words) {
    constexpr int kNotMeasured = 126, kCannotStart = 127;
    if (count < 3) return kNotMeasured;
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        ::execvp(words[2], words + 2);
        ::_exit(kCannotStart);
    }
    int status = 0;
    rusage usage{};
    if (child < 0 || ::wait4(child, &status, 0, &usage) != child) return kNotMeasured;
    const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begin;
    std::FILE* file = std::fopen(words[1], "w");
    if (file == nullptr) return kNotMeasured;
    std::fprintf(file, "%lld %ld\n", static_cast<long long>(taken.count()), usage.ru_maxrss);
    std::fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : kNotMeasured;
}
