// Reading boards: what a row says is never trusted to be in range.
#include <catch2/catch.hpp>

#include <random>

#include "lib/board/board.hpp"
#include "report/dump/dump.hpp"
#include "report/json/vrrp_json.hpp"
#include "tests/unit/report/sample_lab.hpp"

using namespace report;
namespace rows = vrrp::rows;

namespace {

constexpr std::uint32_t kRows = 8;

struct TestBoard {
    TestBoard() {
        const board::TableSpec tables[] = {board::table_spec<rows::Process>(1),
                                           board::table_spec<rows::Instance>(kRows),
                                           board::table_spec<rows::AddressSet>(kRows),
                                           board::table_spec<rows::Group>(kRows),
                                           board::table_spec<rows::Script>(kRows),
                                           board::table_spec<rows::File>(kRows),
                                           board::table_spec<rows::TrackedProcess>(kRows),
                                           board::table_spec<rows::Interface>(kRows)};
        fd = board::create("test", tables).value();
        board = board::Board::map(fd.get(), board::Access::write).value();
    }
    template <typename Row>
    void write(std::uint32_t index, const Row& row) {
        REQUIRE(board.table<Row>().publish(index, row));
    }
    VrrpSnapshot read(const conf::Model& model) const {
        VrrpSnapshot into = empty_snapshot(model).vrrp;
        read_vrrp(board, model, into);
        return into;
    }

    UniqueFd fd;
    board::Board board;
};

template <typename Row>
Row random_row(std::mt19937& random) {
    std::array<std::uint8_t, sizeof(Row)> bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    Row row;
    std::memcpy(static_cast<void*>(&row), bytes.data(), sizeof row);
    return row;
}

}  // namespace

TEST_CASE("what the child has published is read in the order of the model") {
    const SampleLab lab;
    TestBoard board;
    rows::Instance second;
    second.core.state = vrrp::protocol::State::backup;
    board.write(1, second);
    rows::AddressSet set;
    set.instance = 0;
    set.set[0] = 0b101;
    board.write(0, set);
    set.instance = 3;  // after the last instance: the static addresses
    board.write(3, set);
    rows::Interface v1 = interface(5, "v1", "02:00:00:00:00:05"),
                    v0 = interface(3, "v0", "02:00:00:00:00:03");
    board.write(0, v1);
    board.write(1, v0);
    rows::Process process;
    process.interfaces_used = 2;
    board.write(0, process);

    const VrrpSnapshot read = board.read(lab.model);
    CHECK(read.instances[0].core.state == vrrp::protocol::State::init);
    CHECK(read.instances[1].core.state == vrrp::protocol::State::backup);
    CHECK(read.addresses_set[0] == std::vector<bool>{true, false, true});
    CHECK(read.static_addresses_set == std::vector<bool>{true});
    REQUIRE(read.interfaces.size() == 2);
    CHECK(read.interfaces[0].ifindex == 3);
    CHECK(find_interface(read, "v1")->ifindex == 5);
    CHECK(find_interface(read, "v") == nullptr);
}

TEST_CASE("lengths and indices out of range are clamped or ignored") {
    const SampleLab lab;
    TestBoard board;
    rows::Process process;
    process.interfaces_used = UINT32_MAX;
    board.write(0, process);
    rows::Interface wild = interface(3, "v0", "02:00:00:00:00:03");
    wild.ipv4_count = wild.ipv6_count = 255;
    wild.mac.length = 255;
    wild.name.fill('x');
    board.write(0, wild);
    rows::AddressSet far;
    far.instance = 4711;
    board.write(0, far);
    far.instance = 0;
    far.first = UINT32_MAX;
    far.set.fill(UINT64_MAX);
    board.write(1, far);

    const VrrpSnapshot read = board.read(lab.model);
    REQUIRE(read.interfaces.size() == 1);
    CHECK(read.interfaces[0].ipv4_count == rows::kInterfaceAddresses);
    CHECK(read.interfaces[0].mac.length == read.interfaces[0].mac.bytes.size());
    CHECK(field_text(read.interfaces[0].name) == std::string(rows::kNameLength, 'x'));
    CHECK(read.addresses_set[0] == std::vector<bool>{false, false, false});
}

TEST_CASE("rows of random bytes are rendered without harm") {
    SampleLab lab;
    std::mt19937 random{20261120};
    for (int round = 0; round < 50; ++round) {
        TestBoard board;
        for (std::uint32_t i = 0; i < kRows; ++i) {
            board.write(i, random_row<rows::AddressSet>(random));
            board.write(i, random_row<rows::Group>(random));
            board.write(i, random_row<rows::Script>(random));
            board.write(i, random_row<rows::File>(random));
            board.write(i, random_row<rows::TrackedProcess>(random));
            board.write(i, random_row<rows::Interface>(random));
        }
        board.write(0, random_row<rows::Process>(random));
        read_vrrp(board.board, lab.model, lab.snapshot.vrrp);
        CHECK_FALSE(vrrp_data(lab.model, lab.snapshot, Scope::running).empty());
        CHECK_FALSE(vrrp_json(lab.model, lab.snapshot).empty());
    }
}
