// Validation of received adverts: vrrp-behaviour.md §3.2; the numbers in the comments are its rows.
#include "vrrp/protocol/reception.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "lib/digest/hmac.hpp"
#include "vrrp/protocol/timing.hpp"
#include "vrrp/protocol/wire.hpp"

namespace vrrp::protocol {

namespace {

/// Kinds of problems; each is logged once until the state or the master changes. Numbers are bits of
/// `logged_once`.
enum class Problem : std::uint8_t {
    ah_header,
    length,
    ttl,
    version,
    hmac,
    auth_type,
    auth_mismatch,
    password,
    ah,
    interval,
    type,
    total_length,
    checksum,
    destination,
    owner,
    address_count,
    address_missing,
    unicast_source,
    unicast_ttl,
};

constexpr std::size_t kSmallestEthernetPayload = 46;

class Inspection {
  public:
    Inspection(const VirtualRouterConfig& config, VirtualRouterState& state, AuthMemory& memory,
               const PacketReceived& packet, Instant now, ActionList& actions)
        : config_(config), state_(state), memory_(memory), packet_(packet), now_(now), actions_(actions) {}

    std::optional<Advertisement> run() {
        if (!is_long_enough_for_headers() || !has_ah_header_as_configured() || !has_right_length() ||
            !has_right_ttl() || !has_right_version() || !has_right_hmac() || !has_right_authentication() ||
            !has_right_v2_interval() || !has_right_type() || !has_right_total_length())
            return std::nullopt;
        note_v3_interval();
        if (!has_right_checksum() || !came_to_right_destination() || is_ignored_by_owner())
            return std::nullopt;
        ++state_.counters.advert_rcvd;
        note_addresses();
        if (!came_from_peer()) return std::nullopt;
        if (header_.priority == 0) ++state_.counters.pri_zero_rcvd;
        if (!parts_.ah.empty()) state_.ah_sequence = std::min(ah_sequence(), kLastAhSequence);
        return Advertisement{packet_.source, header_.priority, interval(),
                             parts_.ah.empty() ? 0 : ah_sequence()};
    }

  private:
    template <typename... Args>
    void log(Problem problem, fmt::format_string<Args...> text, Args&&... args) {
        const std::uint32_t bit = 1U << static_cast<unsigned>(problem);
        if ((state_.logged_once & bit) != 0) return;
        state_.logged_once |= bit;
        actions_.push_back(
            LogLine{fmt::format("({}) ", config_.name) + fmt::format(text, std::forward<Args>(args)...)});
    }

    template <typename... Args>
    bool reject(std::uint64_t& counter, Problem problem, fmt::format_string<Args...> text, Args&&... args) {
        ++counter;
        log(problem, text, std::forward<Args>(args)...);
        return false;
    }

    bool is_ipv4() const { return config_.family == net::Family::ipv4; }
    std::string from() const { return packet_.source.to_string(); }
    std::uint32_t ah_sequence() const { return get_u32(parts_.ah.subspan(8)); }
    Microseconds interval() const {
        return config_.version == 2 ? Microseconds{Seconds{header_.interval}}
                                    : Microseconds{Centiseconds{header_.interval}};
    }
    /// VRRP message without the auth_hmac trailer and padding.
    std::span<const std::uint8_t> message() const { return parts_.vrrp.first(message_size_); }

    bool is_long_enough_for_headers() {
        if (auto parts = split_datagram(config_.family, packet_.bytes)) {
            parts_ = *parts;
            header_ = read_advert_header(parts_.vrrp);
            return true;
        }
        const bool ah = config_.auth_type == AuthType::ah;
        const std::size_t least =
            kVrrpHeaderSize + (is_ipv4() ? kIpv4HeaderSize : 0) + (ah ? kAhHeaderSize : 0);
        return reject(state_.counters.packet_len_err, Problem::length,
                      "vrrp packet from {} too short, length {} and expect {}", from(), packet_.bytes.size(),
                      least);
    }

    bool has_ah_header_as_configured() {  // 1
        if (parts_.ah.empty() == (config_.auth_type != AuthType::ah)) return true;
        if (parts_.ah.empty())
            return reject(state_.counters.authtype_mismatch, Problem::ah_header,
                          "No AH header but auth type is AH from {}", from());
        return reject(state_.counters.authtype_mismatch, Problem::ah_header,
                      "Received AH header but auth type not AH from {}", from());
    }

    /// Short frames are padded to 46 octets, which are not a multiple of 4: that is how padding is told from
    /// data.
    static bool is_padding(std::size_t expected, std::size_t received) {
        return expected < kSmallestEthernetPayload && received > expected && (received - expected) % 4 == 2;
    }

    bool has_right_length() {  // 2
        // The packet's own version decides whether there are 8 octets of authentication: a v3 packet for a v2
        // instance is to be told as such.
        const bool auth_data = is_ipv4() && header_.version == 2;
        message_size_ = kVrrpHeaderSize + header_.count * net::address_size(config_.family) +
                        (auth_data ? kV2AuthSize : 0);
        const std::size_t headers = packet_.bytes.size() - parts_.vrrp.size();
        const std::size_t received = packet_.bytes.size();
        expected_ = headers + message_size_ + (config_.hmac ? kHmacTrailerSize : 0);
        if (config_.hmac &&
            (received == expected_ - kHmacTrailerSize || is_padding(expected_ - kHmacTrailerSize, received)))
            expected_ -= kHmacTrailerSize;  // without trailer: row 5 judges
        else
            has_trailer_ = config_.hmac.has_value();
        if (received == expected_ || (is_ipv4() && is_padding(expected_, received))) return true;
        return reject(state_.counters.packet_len_err, Problem::length,
                      "vrrp packet from {} too {}, length {} and expect {}", from(),
                      received < expected_ ? "short" : "long", received, expected_);
    }

    bool has_right_ttl() {  // 3
        const int ttl = is_ipv4() ? parts_.ip[8] : packet_.ttl;
        if (config_.unicast || ttl == 255) return true;
        return reject(state_.counters.ip_ttl_err, Problem::ttl,
                      "invalid TTL/HL from {}. Received {} and expect 255", from(), ttl);
    }

    bool has_right_version() {  // 4
        if (header_.version == config_.version) return true;
        return reject(state_.counters.version_err, Problem::version,
                      "wrong VRRP version from {}. Received {} and expect {}", from(), header_.version,
                      config_.version);
    }

    // ------------------------------------------------------------------------------------------ 5: auth_hmac

    bool has_right_hmac() {
        if (!config_.hmac) return true;
        if (!has_trailer_) {
            if (config_.hmac->mode != HmacMode::enforce) return true;
            return reject(state_.counters.auth_ext_missing, Problem::hmac,
                          "no authentication extension in advert from {}", from());
        }
        const auto trailer = parts_.vrrp.subspan(message_size_, kHmacTrailerSize);
        if (config_.unicast && find_peer() == nullptr)
            return reject(state_.counters.auth_ext_invalid_hmac, Problem::unicast_source,
                          "unicast source address {} not a unicast peer", from());
        if (trailer[0] != 1 || trailer[2] != 0 || trailer[3] != 0)
            return reject(state_.counters.auth_ext_malformed, Problem::hmac,
                          "malformed authentication extension from {}", from());
        const std::uint64_t sequence = get_u64(trailer.subspan(4));
        return is_fresh(sequence) && is_signed(trailer) && is_no_replay(sequence);
    }

    bool is_fresh(std::uint64_t sequence) {
        if (config_.hmac->monotonic_only) return true;
        const std::int64_t theirs = static_cast<std::int64_t>(sequence >> 32);
        const std::int64_t ours = packet_.wallclock_us / 1'000'000;
        if (std::abs(ours - theirs) <= config_.hmac->time_window.count()) return true;
        return reject(state_.counters.auth_ext_stale, Problem::hmac,
                      "stale authentication extension from {}: its clock differs by {} s", from(),
                      theirs - ours);
    }

    bool is_signed(std::span<const std::uint8_t> trailer) {
        const auto key = std::find_if(config_.hmac->keys.begin(), config_.hmac->keys.end(),
                                      [&](const HmacKey& k) { return k.id == trailer[1]; });
        if (key == config_.hmac->keys.end())
            return reject(state_.counters.auth_ext_unknown_key, Problem::hmac,
                          "unknown key {} in authentication extension from {}", trailer[1], from());
        const auto expected =
            hmac_digest(key->secret, config_.family, packet_.source, message(), trailer.first<12>());
        if (digest::equal_in_constant_time(expected, trailer.subspan(12, expected.size()))) return true;
        return reject(state_.counters.auth_ext_invalid_hmac, Problem::hmac, "invalid HMAC from {}", from());
    }

    bool is_no_replay(std::uint64_t sequence) {
        auto& senders = memory_.senders;
        auto sender = std::find_if(senders.begin(), senders.end(),
                                   [&](const AuthSender& s) { return s.address == packet_.source; });
        if (sender == senders.end()) {
            sender = std::min_element(senders.begin(), senders.end(),
                                      [](const AuthSender& a, const AuthSender& b) {
                                          return a.last_used_ns < b.last_used_ns;  // unused ones have 0
                                      });
            *sender = {packet_.source, 0, 0};
        }
        if (sequence <= sender->sequence)
            return reject(state_.counters.auth_ext_replay, Problem::hmac,
                          "replayed authentication extension from {}", from());
        sender->sequence = sequence;
        sender->last_used_ns = now_.ns;
        return true;
    }

    // ------------------------------------------------------------------------------------------ 6-8: v2
    // authentication

    bool has_right_authentication() {
        if (config_.version != 2) return true;
        if (header_.auth_type > 2)
            return reject(state_.counters.invalid_authtype, Problem::auth_type,
                          "Invalid auth type from {}: {}", from(), header_.auth_type);
        const auto ours = static_cast<std::uint8_t>(config_.auth_type);
        if (header_.auth_type != ours)
            return reject(state_.counters.authtype_mismatch, Problem::auth_mismatch,
                          "received a {} auth from {}, expecting {}!", header_.auth_type, from(), ours);
        if (!is_ipv4()) return true;  // v2 over IPv6 has no auth data
        if (config_.auth_type == AuthType::pass) return has_right_password();
        if (config_.auth_type == AuthType::ah) return has_right_ah();
        return true;
    }

    bool has_right_password() {
        const auto password = message().last(kV2AuthSize);
        if (digest::equal_in_constant_time(password, config_.auth_pass)) return true;
        return reject(state_.counters.auth_failure, Problem::password, "received an invalid passwd from {}!",
                      from());
    }

    bool has_right_ah() {
        if (parts_.ah[0] != kProtocolVrrp) {  // next header
            ++state_.counters.auth_failure;
            return false;
        }
        const auto packet = packet_.bytes.first(expected_);
        const Icv icv = ah_icv(packet, config_.auth_pass, config_.unicast);
        if (!digest::equal_in_constant_time(icv, parts_.ah.subspan(12, icv.size())))
            return reject(
                state_.counters.auth_failure, Problem::ah,
                "IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !");
        const auto spi = parts_.ah.subspan(4, 4);
        if (!std::equal(spi.begin(), spi.end(), packet_.source.bytes.begin()))
            return reject(state_.counters.auth_failure, Problem::ah,
                          "IPSEC AH : invalid IPSEC SPI value. {} and expect {}",
                          net::IpAddress::from_bytes(net::Family::ipv4, spi).to_string(), from());
        // Two masters which count alike would never hear each other. A number which only we have sent was not yet
        // received: an equal one is no replay.
        const bool is_ours = state_.state == State::master && ah_sequence() == state_.ah_sequence;
        if (ah_sequence() <= state_.ah_sequence && !is_ours)
            return reject(state_.counters.auth_failure, Problem::ah,
                          "IPSEC-AH : sequence number {} already processed. Packet dropped. Local({})",
                          ah_sequence(), state_.ah_sequence);
        return true;
    }

    // ------------------------------------------------------------------------------------------ 9-15

    bool has_right_v2_interval() {  // 9
        if (config_.version != 2 || interval() == config_.advert_interval) return true;
        return reject(state_.counters.advert_interval_err, Problem::interval,
                      "advertisement interval mismatch with {} mine={} sec rcv'd={} sec", from(),
                      std::chrono::duration_cast<Seconds>(config_.advert_interval).count(), header_.interval);
    }

    bool has_right_type() {  // 10
        if (header_.type == kAdvertisementType) return true;
        return reject(state_.counters.invalid_type_rcvd, Problem::type,
                      "Invalid packet type from {}. {} and expect {}", from(), header_.type,
                      kAdvertisementType);
    }

    bool has_right_total_length() {  // 11
        if (!is_ipv4()) return true;
        const std::size_t total = get_u16(parts_.ip.subspan(2));
        const std::size_t received = packet_.bytes.size();
        if (total == received || (total == expected_ && is_padding(expected_, received))) return true;
        return reject(state_.counters.packet_len_err, Problem::total_length,
                      "ip_tot_len mismatch against received length from {}. {} and received {}", from(),
                      total, received);
    }

    void note_v3_interval() {  // 12
        if (config_.version != 3 || interval() == config_.advert_interval) return;
        log(Problem::interval, "advertisement interval mismatch ours = {} centi-sec rcv'd={} centi-sec",
            std::chrono::duration_cast<Centiseconds>(config_.advert_interval).count(), header_.interval);
    }

    bool sums_up(const net::IpAddress& destination) const {
        return internet_checksum(message(), ipv4_pseudo_header(packet_.source, destination, message_size_)) ==
               0;
    }
    bool sums_up_without_pseudo_header() const { return internet_checksum(message()) == 0; }

    bool has_right_checksum() {  // 13; IPv6: the kernel's work
        if (!is_ipv4()) return true;
        if (config_.version == 2 ? sums_up_without_pseudo_header() : has_right_v3_checksum()) return true;
        return reject(state_.counters.checksum_err, Problem::checksum, "Invalid VRRPv{} checksum from {}",
                      config_.version, from());
    }

    bool has_right_v3_checksum() {
        const bool always_old = config_.unicast && config_.unicast_checksum == UnicastChecksum::always_old;
        if (!always_old && sums_up(packet_.destination)) return true;
        if (config_.v3_checksum_as_v2 && sums_up_without_pseudo_header()) return true;
        if (!config_.unicast || config_.unicast_checksum == UnicastChecksum::never_old) return false;
        if (!sums_up(config_.old_checksum_group)) return false;
        if (!always_old && !state_.old_unicast_checksum) {
            state_.old_unicast_checksum = true;  // sticky; what we send follows (vrrp-behaviour.md §1.6)
            actions_.push_back(
                LogLine{fmt::format("({}) Setting unicast VRRPv3 checksum to old version", config_.name)});
        }
        return true;
    }

    bool came_to_right_destination() {  // 14
        if (packet_.destination.is_multicast() != config_.unicast) return true;
        return reject(state_.counters.addr_list_err, Problem::destination,
                      "Expected {} packet but received {} packet from {}",
                      config_.unicast ? "unicast" : "multicast", config_.unicast ? "multicast" : "unicast",
                      from());
    }

    bool is_ignored_by_owner() {  // 15
        if (!config_.owner_ignore_adverts || !config_.is_owner()) return false;
        log(Problem::owner, "Dropping packet(s) from {} since we are address owner", from());
        return true;
    }

    // ------------------------------------------------------------------------------------------ 16-18

    std::span<const std::uint8_t> address(std::size_t index) const {
        const std::size_t size = net::address_size(config_.family);
        return message().subspan(kVrrpHeaderSize + index * size, size);
    }

    bool is_listed(const net::IpAddress& wanted, std::size_t likely_index) const {
        const auto same = [&](std::size_t i) { return std::ranges::equal(address(i), wanted.data()); };
        if (likely_index < header_.count && same(likely_index)) return true;
        for (std::size_t i = 0; i < header_.count; ++i)
            if (same(i)) return true;
        return false;
    }

    /// A list that differs is logged and counted, once a packet, but never makes the packet unheard: two
    /// masters would result while addresses are being added node by node.
    void note_addresses() {
        bool differs = false;
        if (header_.count != config_.advertised.size()) {  // 16
            log(Problem::address_count, "expected {} VIPs but received {}", config_.advertised.size(),
                header_.count);
            differs = true;
        }
        const bool known_sender = packet_.source == state_.master_address;
        for (std::size_t i = 0;
             i < config_.advertised.size() && !(config_.skip_check_adv_addr && known_sender); ++i) {  // 17
            if (is_listed(config_.advertised[i], i)) continue;
            log(Problem::address_missing,
                "ip address associated with VRID {} not present in advert from {}: {}", config_.vrid, from(),
                config_.advertised[i].to_string());
            differs = true;
            break;
        }
        if (differs) ++state_.counters.addr_list_err;
    }

    const UnicastPeer* find_peer() const {
        const auto peer = std::find_if(config_.peers.begin(), config_.peers.end(),
                                       [&](const UnicastPeer& p) { return p.address == packet_.source; });
        return peer == config_.peers.end() ? nullptr : &*peer;
    }

    bool came_from_peer() {  // 18
        if (!config_.unicast || !config_.check_unicast_src) return true;
        const UnicastPeer* peer = find_peer();
        if (peer == nullptr) {
            log(Problem::unicast_source, "unicast source address {} not a unicast peer", from());
            return false;
        }
        const int ttl = is_ipv4() ? parts_.ip[8] : packet_.ttl;
        if (ttl >= peer->min_ttl && ttl <= peer->max_ttl) return true;
        return reject(state_.counters.ip_ttl_err, Problem::unicast_ttl,
                      "TTL/HL {} from {} not in range [{}, {}]", ttl, from(), peer->min_ttl, peer->max_ttl);
    }

    const VirtualRouterConfig& config_;
    VirtualRouterState& state_;
    AuthMemory& memory_;
    const PacketReceived& packet_;
    Instant now_;
    ActionList& actions_;

    Datagram parts_;
    AdvertHeader header_;
    std::size_t message_size_ = 0;
    std::size_t expected_ = 0;
    bool has_trailer_ = false;
};

}  // namespace

std::optional<Advertisement> receive_advert(const VirtualRouterConfig& config, VirtualRouterState& state,
                                            AuthMemory& memory, const PacketReceived& packet, Instant now,
                                            ActionList& actions) {
    return Inspection(config, state, memory, packet, now, actions).run();
}

}  // namespace vrrp::protocol
