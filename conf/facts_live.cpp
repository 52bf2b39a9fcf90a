// What the supervisor asks the host. Blocking (name service, files, netlink): never called by a protocol
// child.
#include <fmt/format.h>
#include <grp.h>
#include <linux/magic.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "conf/fact_text.hpp"
#include "conf/facts.hpp"
#include "conf/interface_list.hpp"
#include "conf/iproute_names.hpp"
#include "conf/script_lookup.hpp"

namespace conf {

/// The host's answers as texts.
namespace host {

namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses look_up_host(const char* name, int flags) {
    addrinfo hints{};
    hints.ai_flags = flags;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name, nullptr, &hints, &found) != 0) found = nullptr;
    return Addresses(found);
}

std::string host_name() {
    utsname names{};
    ::uname(&names);
    const auto found = look_up_host(names.nodename, AI_CANONNAME);
    const bool known = found && found->ai_canonname != nullptr;
    return fact_text({names.nodename, known ? found->ai_canonname : "[unknown]"});
}

std::string caller() {
    const auto* entry = ::getpwuid(::getuid());
    return fact_text({fmt::format("{}", ::geteuid()), fmt::format("{}", ::getegid()),
                      entry != nullptr ? std::string(entry->pw_name) : fmt::format("{}", ::getuid())});
}

std::string user(const std::string& name) {
    const auto* entry = ::getpwnam(name.c_str());
    if (entry == nullptr) return {};
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(entry->pw_name, entry->pw_gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        ::getgrouplist(entry->pw_name, entry->pw_gid, groups.data(), &count);
    }
    groups.resize(static_cast<std::size_t>(count));
    return fact_text({fmt::format("{}", entry->pw_uid), fmt::format("{}", entry->pw_gid),
                      format_numbers({groups.begin(), groups.end()})});
}

std::string group(const std::string& name) {
    const auto* entry = ::getgrnam(name.c_str());
    return entry == nullptr ? std::string() : fmt::format("{}", entry->gr_gid);
}

FileType type_of(mode_t mode) {
    if (S_ISREG(mode)) return FileType::regular;
    if (S_ISDIR(mode)) return FileType::directory;
    if (S_ISFIFO(mode)) return FileType::fifo;
    if (S_ISLNK(mode)) return FileType::symlink;
    return FileType::other;
}

std::string file(const std::string& path) {
    struct stat state {};
    const int error = ::lstat(path.c_str(), &state) == 0 ? 0 : errno;
    const auto type = error == 0 ? type_of(state.st_mode) : FileType::none;
    return fact_text({fmt::format("{}", static_cast<int>(type)), fmt::format("{}", error),
                      fmt::format("{}", state.st_mode & 07777), fmt::format("{}", state.st_uid),
                      fmt::format("{}", state.st_gid)});
}

/// errno of a mkdir() there, without making anything: a test of a configuration leaves no traces.
/// In /proc and /sys nobody makes a directory, although root may write there.
int kernels_own(const std::string& directory) {
    struct statfs state {};
    if (::statfs(directory.c_str(), &state) != 0) return errno;
    if (state.f_type == PROC_SUPER_MAGIC) return ENOENT;
    return state.f_type == SYSFS_MAGIC ? EPERM : 0;
}

int mkdir_error(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (path.empty()) return ENOENT;
    struct stat state {};
    if (::stat(path.c_str(), &state) == 0) return S_ISDIR(state.st_mode) ? 0 : EEXIST;
    if (errno != ENOENT) return errno;
    const auto slash = path.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    if (::stat(parent.c_str(), &state) != 0) return errno;
    if (!S_ISDIR(state.st_mode)) return ENOTDIR;
    if (::access(parent.c_str(), W_OK | X_OK) != 0) return errno;
    return kernels_own(parent);
}

std::string directory(const std::string& path) { return fmt::format("{}", mkdir_error(path)); }

/// At most 4 KiB: a key has 64 bytes, or twice as many in hex.
std::string secret(const std::string& path) {
    constexpr std::size_t kLongest = 4096;
    std::ifstream file(path, std::ios::binary);
    std::string text(kLongest, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return text;
}

std::string resolve(const std::string& host) {
    const auto found = look_up_host(host.c_str(), 0);
    if (!found) return {};
    char text[NI_MAXHOST] = {};
    if (::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
        return {};
    return text;
}

std::string online_cpus() { return fmt::format("{}", ::sysconf(_SC_NPROCESSORS_ONLN)); }

std::string name(const FactFields& question) {
    const auto number = iproute_number(static_cast<NameTable>(question.number(1)), question.text(2),
                                       question.text(3), question.text(4));
    return number ? fmt::format("{}", *number) : std::string();
}

std::string interfaces(const std::string& net_namespace) {
    const auto list = list_interfaces(net_namespace);
    return list ? encode_interfaces(*list) : std::string();
}

std::string script(const FactFields& question) {
    ScriptQuestion asked;
    asked.command = question.text(1);
    asked.uid = question.number(2);
    asked.gid = question.number(3);
    asked.groups = parse_numbers(question.text(4));
    asked.use_symlink_paths = question.number(5) != 0;
    const ScriptFact fact = look_up_script(asked);
    return fact_text({fmt::format("{}", static_cast<int>(fact.state)), fmt::format("{}", fact.error),
                      fact.cleaned, fact.path, fact.insecure ? "1" : "0", fact.insecure_path});
}

}  // namespace

}  // namespace host

bool LiveFacts::still_answer(const FactTable& before) const {
    return std::all_of(before.begin(), before.end(),
                       [this](const auto& fact) { return look_up(fact.first) == fact.second; });
}

std::string LiveFacts::answer(const std::string& question) const {
    const auto known = recorded_.find(question);
    if (known != recorded_.end()) return known->second;
    return recorded_.emplace(question, look_up(question)).first->second;
}

std::string LiveFacts::look_up(const std::string& text) const {
    const FactFields question(text);
    const std::string kind = question.text(0);
    if (kind == "host_name") return host::host_name();
    if (kind == "caller") return host::caller();
    if (kind == "user") return host::user(question.text(1));
    if (kind == "group") return host::group(question.text(1));
    if (kind == "file") return host::file(question.text(1));
    if (kind == kSecretQuestion) return host::secret(question.text(1));
    if (kind == "directory") return host::directory(question.text(1));
    if (kind == "resolve") return host::resolve(question.text(1));
    if (kind == "online_cpus") return host::online_cpus();
    if (kind == "name") return host::name(question);
    if (kind == "interfaces") return host::interfaces(question.text(1));
    if (kind == "script") return host::script(question);
    return {};
}

}  // namespace conf
