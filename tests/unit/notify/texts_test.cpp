#include "vrrp/notify/texts.hpp"

#include <catch2/catch.hpp>

using namespace vrrp::notify;
using vrrp::protocol::Notice;
using vrrp::protocol::State;

TEST_CASE("FIFO lines have these bytes") {
    CHECK(instance_line("VI_1", fifo_word_of(Notice::state, State::master), 100) ==
          "INSTANCE \"VI_1\" MASTER 100\n");
    CHECK(instance_line("VI_1", fifo_word_of(Notice::master_rx_lower_pri, State::master), 100) ==
          "INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 100\n");
    CHECK(instance_line("VI_1", fifo_word_of(Notice::priority, State::master), 254) ==
          "INSTANCE \"VI_1\" MASTER_PRIORITY 254\n");
    CHECK(instance_line("VI_1", fifo_word_of(Notice::priority, State::backup), 1) ==
          "INSTANCE \"VI_1\" BACKUP_PRIORITY 1\n");
    CHECK(instance_line("VI_1", fifo_word_of(Notice::priority, State::fault), 254) ==
          "INSTANCE \"VI_1\" FAULT 254\n");
    CHECK(group_line("G 1", word_of(State::stop)) == "GROUP \"G 1\" STOP 0\n");
    CHECK(word_of(State::deleted) == "DELETED");
    CHECK(word_of(State::init).empty());
}

TEST_CASE("mails of an instance") {
    struct Case {
        State state;
        std::string subject, body;
    };
    const Case cases[]{
        {State::master, "VRRP Instance V - Entering MASTER state",
         "=> VRRP Instance is now owning VRRP VIPs <="},
        {State::backup, "VRRP Instance V - Entering BACKUP state",
         "=> VRRP Instance is no longer owning VRRP VIPs <="},
        {State::fault, "VRRP Instance V - Entering FAULT state",
         "=> VRRP Instance is no longer owning VRRP VIPs <="},
        {State::stop, "VRRP Instance V - Stopping", "=> VRRP Instance stopping <="},
        {State::deleted, "VRRP Instance V - Deleted", "=> VRRP Deleted at reload <="},
    };
    for (const auto& c : cases) {
        const auto mail = instance_mail("V", c.state);
        REQUIRE(mail);
        CHECK(mail->subject == c.subject);
        CHECK(mail->body == c.body);
    }
    CHECK_FALSE(instance_mail("V", State::init));
}

TEST_CASE("mails of a sync group") {
    CHECK(group_mail("G", State::fault)->subject == "VRRP Group G - Entering FAULT state");
    CHECK(group_mail("G", State::fault)->body == "=> All VRRP group instances are now in FAULT state <=");
    CHECK(group_mail("G", State::stop)->subject == "VRRP Group G - Stopping");
    CHECK(group_mail("G", State::stop)->body == "=> All VRRP group instances are now stopping <=");
    CHECK_FALSE(group_mail("G", State::deleted));
}
