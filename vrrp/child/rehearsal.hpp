// What a takeover runs, run once on copies and for nothing: the first real one finds its pages there.
#pragma once

#include "conf/model.hpp"
#include "vrrp/protocol/router.hpp"

namespace vrrp {

/// After the start has given the pages of its code back, the first takeover would wait for some of them between its
/// advertisement and its gratuitous ARP (0.5 ms), and with authentication for libcrypto. Nothing is sent or changed.
void rehearse_takeover(const conf::Model& model, const protocol::Router& router);

}  // namespace vrrp
