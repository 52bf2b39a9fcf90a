// The configuration and the running state behind the full VRRP sample of state-files.md §4 (vrrp.data,
// v1.json, vrrp.stats): a v2 instance with PASS in a sync group with a v3 IPv6 instance, and a v3 VMAC
// instance with trackers.
#pragma once

#include <string>

#include "report/snapshot/snapshot.hpp"

struct SampleLab {
    SampleLab();

    conf::Model model;
    report::Snapshot snapshot;
};

/// A file of the golden folder, byte for byte.
std::string golden(const std::string& name);

net::IpAddress ip(const char* text);
net::Prefix prefix(const char* text);
conf::Address address(const char* text, const char* dev = "");
conf::Route route(const char* destination, const char* via, const char* dev);
conf::Rule rule(const char* from, std::uint32_t priority, std::uint32_t table);
conf::TrackRef track(const char* name, int weight, bool reverse = false);
vrrp::rows::Interface interface(std::uint32_t ifindex, const char* name, const char* mac);
conf::Script command(std::initializer_list<const char*> words);
/// "1795197792.906698" as microseconds.
constexpr std::int64_t at(std::int64_t seconds, std::int64_t microseconds) {
    return seconds * 1'000'000 + microseconds;
}
template <std::size_t N>
void set_text(std::array<char, N>& field, std::string_view text) {
    text.copy(field.data(), N - 1);
}
/// The lines of `text` from the one that is `first` up to (not with) the one that is `last`.
std::string between(const std::string& text, const std::string& first, const std::string& last);
