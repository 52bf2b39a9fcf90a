// The host on which the corpus was read by the reference (corpus/README.md).
#pragma once

#include <net/if.h>

#include <string>
#include <vector>

#include "conf/fact_text.hpp"
#include "conf/reader.hpp"

namespace conf_test {

/// The host of the oracle: root, an empty namespace in which the interfaces named are bridges that are up.
class OracleHost : public conf::LiveFacts {
  public:
    explicit OracleHost(const std::vector<std::string>& names) {
        conf::Interface loopback;
        loopback.name = "lo";
        loopback.index = 1;
        loopback.mtu = 65536;
        loopback.type = 772;
        loopback.flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
        interfaces_.push_back(loopback);
        for (const auto& name : names) {
            if (name == "lo") continue;
            conf::Interface bridge;
            bridge.name = name;
            bridge.index = static_cast<std::uint32_t>(interfaces_.size() + 1);
            bridge.mtu = 1500;
            bridge.type = 1;
            bridge.flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
            bridge.kind = "bridge";
            interfaces_.push_back(bridge);
        }
    }

  protected:
    std::string look_up(const std::string& question) const override {
        if (question == conf::interfaces_question("")) return conf::encode_interfaces(interfaces_);
        return LiveFacts::look_up(question);
    }

  private:
    std::vector<conf::Interface> interfaces_;
};

}  // namespace conf_test
