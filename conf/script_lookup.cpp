#include "conf/script_lookup.hpp"

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace conf {

namespace {

/// Path look-ups of this thread as another user; back to ourselves at the end.
class AsUser {
  public:
    AsUser(std::uint32_t uid, std::uint32_t gid) : is_root_(::geteuid() == 0) {
        if (!is_root_) return;
        ::setfsgid(gid);
        ::setfsuid(uid);
    }
    ~AsUser() {
        if (!is_root_) return;
        ::setfsuid(::geteuid());
        ::setfsgid(::getegid());
    }
    AsUser(const AsUser&) = delete;
    AsUser& operator=(const AsUser&) = delete;

  private:
    bool is_root_;
};

bool may_execute(const struct stat& state, const ScriptQuestion& who) {
    if (who.uid == 0) return (state.st_mode & 0111) != 0;
    if (who.uid == state.st_uid) return (state.st_mode & S_IXUSR) != 0;
    const bool in_group =
        who.gid == state.st_gid || std::count(who.groups.begin(), who.groups.end(), state.st_gid) > 0;
    return (state.st_mode & (in_group ? S_IXGRP : S_IXOTH)) != 0;
}

bool is_executable_file(const std::string& path, const ScriptQuestion& who) {
    struct stat state {};
    return ::stat(path.c_str(), &state) == 0 && S_ISREG(state.st_mode) && may_execute(state, who);
}

std::string find_in_path(const std::string& name, const ScriptQuestion& who) {
    const char* variable = std::getenv("PATH");
    const std::string_view path =
        variable != nullptr ? variable : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find(':', begin), path.size());
        std::string candidate = std::string(path.substr(begin, end - begin)) + "/" + name;
        if (candidate[0] == '/' && candidate.size() > name.size() + 1 && is_executable_file(candidate, who))
            return candidate;
        begin = end + 1;
    }
    return {};
}

/// Somebody who is not root may write it.
bool is_unsafe(const struct stat& state) {
    if (state.st_uid != 0) return true;
    if (S_ISDIR(state.st_mode) && (state.st_mode & S_ISVTX) != 0) return false;
    const bool group_may = (state.st_mode & S_IWGRP) != 0 && state.st_gid != 0;
    return group_may || (state.st_mode & S_IWOTH) != 0;
}

/// The first part of the path, from / down, which is unsafe; "" = none.
std::string unsafe_part(const std::string& path) {
    for (std::size_t slash = 0; slash != std::string::npos;) {
        slash = path.find('/', slash + 1);
        std::string part = slash == std::string::npos ? path : path.substr(0, slash);
        struct stat state {};
        if (::lstat(part.c_str(), &state) != 0) return part;
        if (!S_ISLNK(state.st_mode) && is_unsafe(state)) return part;
    }
    struct stat root {};
    return ::stat("/", &root) == 0 && is_unsafe(root) ? "/" : std::string();
}

std::string resolved(const std::string& path) {
    std::unique_ptr<char, decltype(&std::free)> text(::realpath(path.c_str(), nullptr), &std::free);
    return text ? std::string(text.get()) : std::string();
}

}  // namespace

std::string cleaned_path(std::string_view path) {
    std::vector<std::string_view> parts;
    const bool is_absolute = !path.empty() && path[0] == '/';
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view part = path.substr(begin, end - begin);
        const bool goes_up = part == ".." && (is_absolute || (!parts.empty() && parts.back() != ".."));
        if (goes_up) {
            if (!parts.empty()) parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
        begin = end + 1;
    }
    std::string cleaned = is_absolute ? "/" : "";
    for (const auto part : parts) {
        if (!cleaned.empty() && cleaned.back() != '/') cleaned += '/';
        cleaned += part;
    }
    return cleaned;
}

ScriptFact look_up_script(const ScriptQuestion& question) {
    ScriptFact fact;
    const AsUser as_user(question.uid, question.gid);
    const bool has_slash = question.command.find('/') != std::string::npos;
    fact.cleaned = has_slash ? cleaned_path(question.command) : find_in_path(question.command, question);
    if (fact.cleaned.empty()) {
        fact.state = ScriptFact::State::not_in_path;
        return fact;
    }
    const std::string real = resolved(fact.cleaned);
    struct stat state {};
    if (real.empty() || ::stat(real.c_str(), &state) != 0) {
        fact.state = ScriptFact::State::inaccessible;
        fact.error = errno;
        return fact;
    }
    fact.path = question.use_symlink_paths ? fact.cleaned : real;
    if (!S_ISREG(state.st_mode) || !may_execute(state, question)) {
        fact.state = ScriptFact::State::not_executable;
        return fact;
    }
    const bool sets_root = ((state.st_mode & S_ISUID) != 0 && state.st_uid == 0) ||
                           ((state.st_mode & S_ISGID) != 0 && state.st_gid == 0);
    if (question.uid == 0 || question.gid == 0 || sets_root) {
        fact.insecure_path = unsafe_part(fact.cleaned);
        if (fact.insecure_path.empty()) fact.insecure_path = unsafe_part(real);
        fact.insecure = !fact.insecure_path.empty();
    }
    return fact;
}

}  // namespace conf
