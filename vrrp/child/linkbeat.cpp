#include "vrrp/child/linkbeat.hpp"

#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

namespace vrrp {

namespace {

constexpr Seconds kPeriod{1};

ifreq request_for(const std::string& name) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

std::optional<bool> ask_mii(int socket, const std::string& name) {
    ifreq request = request_for(name);
    if (::ioctl(socket, SIOCGMIIPHY, &request) < 0) return std::nullopt;
    auto* data = reinterpret_cast<mii_ioctl_data*>(&request.ifr_data);
    data->reg_num = MII_BMSR;
    if (::ioctl(socket, SIOCGMIIREG, &request) < 0) return std::nullopt;
    return (data->val_out & BMSR_LSTATUS) != 0;
}

std::optional<bool> ask_ethtool(int socket, const std::string& name) {
    ifreq request = request_for(name);
    ethtool_value value{ETHTOOL_GLINK, 0};
    request.ifr_data = reinterpret_cast<char*>(&value);
    if (::ioctl(socket, SIOCETHTOOL, &request) < 0) return std::nullopt;
    return value.data != 0;
}

std::optional<bool> ask_flags(int socket, const std::string& name) {
    ifreq request = request_for(name);
    if (::ioctl(socket, SIOCGIFFLAGS, &request) < 0) return std::nullopt;
    return (request.ifr_flags & IFF_RUNNING) != 0;
}

std::optional<bool> ask_by(conf::Linkbeat method, int socket, const std::string& name) {
    switch (method) {
        case conf::Linkbeat::mii:
            return ask_mii(socket, name);
        case conf::Linkbeat::ethtool:
            return ask_ethtool(socket, name);
        case conf::Linkbeat::ioctl:
            return ask_flags(socket, name);
        case conf::Linkbeat::automatic:
            break;
    }
    return std::nullopt;
}

}  // namespace

void Linkbeat::configure(const conf::Model& model, Instant now) {
    methods_.clear();
    for (const auto& instance : model.instances) {
        if (!instance.interface.empty() && (model.host.linkbeat_use_polling || instance.linkbeat_use_polling))
            methods_.emplace(instance.interface, conf::Linkbeat::automatic);
    }
    for (const auto& one : model.linkbeat_interfaces) methods_[one.name] = one.method;
    if (methods_.empty()) {
        due_ = kNever;
        return socket_.reset();
    }
    if (!socket_) socket_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (due_ == kNever) due_ = now + kPeriod;
}

std::optional<bool> Linkbeat::ask(const std::string& name) {
    const auto found = methods_.find(name);
    if (found == methods_.end() || !socket_) return std::nullopt;
    if (found->second != conf::Linkbeat::automatic) return ask_by(found->second, socket_.get(), name);
    for (const auto method : {conf::Linkbeat::mii, conf::Linkbeat::ethtool, conf::Linkbeat::ioctl}) {
        const auto answer = ask_by(method, socket_.get(), name);
        if (!answer) continue;
        found->second = method;
        return answer;
    }
    return std::nullopt;
}

bool Linkbeat::is_due(Instant now) {
    if (now < due_) return false;
    due_ = now + kPeriod;
    return true;
}

}  // namespace vrrp
