#include "vrrp/child/address_index.hpp"

#include <catch2/catch.hpp>

namespace {

vrrp::objects::AddressKey key(const char* text, std::uint8_t length, std::uint32_t ifindex) {
    return {{*net::IpAddress::parse(text), length}, ifindex};
}

}  // namespace

TEST_CASE(
    "an address is found by what the kernel knows it by, and beside it whoever has the same elsewhere") {
    vrrp::AddressIndex index;
    index.add(key("10.0.0.2", 24, 2), 0, 0);
    index.add(key("10.0.0.1", 24, 2), 0, 1);
    index.add(key("10.0.0.1", 24, 3), 1, 0);
    index.add(key("10.0.0.1", 32, 2), 2, 0);
    index.sort();
    CHECK(index.find(key("10.0.0.1", 24, 2)).size() == 1);
    CHECK(index.find(*net::IpAddress::parse("10.0.0.1")).size() == 3);
    CHECK(index.find(key("10.0.0.1", 25, 2)).empty());
    REQUIRE(index.find(key("10.0.0.1", 24, 3), 1, 0) != nullptr);
    CHECK(index.find(key("10.0.0.1", 24, 3), 0, 0) == nullptr);
}

TEST_CASE("two instances that share an address are both found") {
    vrrp::AddressIndex index;
    index.add(key("10.0.0.1", 24, 2), 5, 0);
    index.add(key("10.0.0.1", 24, 2), 6, 3);
    index.sort();
    CHECK(index.find(key("10.0.0.1", 24, 2)).size() == 2);
}
