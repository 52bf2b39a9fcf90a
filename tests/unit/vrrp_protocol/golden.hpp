// Packets of vrrp-behaviour.md §2, written as the fields they consist of.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace golden {

using Bytes = std::vector<std::uint8_t>;

inline Bytes hex(std::string_view text) {
    Bytes bytes;
    int high = -1;
    for (const char c : text) {
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) continue;
        if (high < 0) {
            high = digit;
        } else {
            bytes.push_back(static_cast<std::uint8_t>(high * 16 + digit));
            high = -1;
        }
    }
    return bytes;
}

struct Field {
    std::string_view name;
    std::string_view octets;
};

/// A packet as a list of named fields; `difference` says in which field another one departs from it.
class Packet {
  public:
    Packet(std::initializer_list<Field> fields) {
        for (const Field& field : fields) {
            const Bytes octets = hex(field.octets);
            bytes_.insert(bytes_.end(), octets.begin(), octets.end());
            names_.insert(names_.end(), octets.size(), field.name);
        }
    }
    const Bytes& bytes() const { return bytes_; }

    /// Empty when equal.
    std::string difference(const Bytes& actual) const {
        for (std::size_t i = 0; i < bytes_.size() && i < actual.size(); ++i)
            if (bytes_[i] != actual[i])
                return "octet " + std::to_string(i) + " (" + std::string(names_[i]) + ") is wrong";
        if (bytes_.size() != actual.size())
            return std::to_string(actual.size()) + " octets instead of " + std::to_string(bytes_.size());
        return {};
    }

  private:
    Bytes bytes_;
    std::vector<std::string_view> names_;
};

}  // namespace golden
