#include "lib/process/control.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>

using control::Channel;
using control::Kind;
using control::Message;

TEST_CASE("a message arrives as sent, with its descriptors, which are closed by exec") {
    auto [ours, theirs] = Channel::pair().value();
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const UniqueFd read_end{pipe_ends[0]};
    const UniqueFd write_end{pipe_ends[1]};

    Message sent;
    sent.kind = Kind::prepare;
    sent.generation = 7;
    sent.hash = 0x1234567890abcdef;
    sent.set_text("keepalived_vrrp");
    REQUIRE(ours.send(sent, std::array{write_end.get(), read_end.get()}).has_value());

    auto received = theirs.receive().value();
    REQUIRE(received.has_value());
    CHECK(received->message.kind == Kind::prepare);
    CHECK(received->message.generation == 7);
    CHECK(received->message.hash == 0x1234567890abcdef);
    CHECK(received->message.text_view() == "keepalived_vrrp");
    REQUIRE(received->descriptors.size() == 2);
    CHECK((::fcntl(received->descriptors[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
    REQUIRE(::write(received->descriptors[0].get(), "x", 1) == 1);
    char byte = 0;
    CHECK(::read(read_end.get(), &byte, 1) == 1);
    CHECK(byte == 'x');
}

TEST_CASE("an empty channel has nothing, a closed one says that the other end is gone") {
    auto [ours, theirs] = Channel::pair().value();
    CHECK_FALSE(theirs.receive().value().has_value());
    ours = Channel{};
    const auto after = theirs.receive();
    REQUIRE_FALSE(after.has_value());
    CHECK(after.error().code == ECONNRESET);
    CHECK_FALSE(theirs.send(Message{}).has_value());
}

TEST_CASE("a packet of another size or another version is an error, not a message") {
    auto [ours, theirs] = Channel::pair().value();
    REQUIRE(::send(ours.fd(), "short", 5, 0) == 5);
    CHECK(theirs.receive().error().code == EPROTO);
    Message other;
    other.version = control::kProtocolVersion + 1;
    REQUIRE(ours.send(other).has_value());
    CHECK(theirs.receive().error().code == EPROTO);
}

TEST_CASE("a text that is too long is cut and stays terminated") {
    Message message;
    message.set_text(std::string(2000, 'x'));
    CHECK(message.text_view().size() == message.text.size() - 1);
}

TEST_CASE("a channel that nobody reads takes what it can and then says so") {
    auto [ours, theirs] = Channel::pair().value();
    int code = 0;
    for (int i = 0; i < 100000 && code == 0; ++i)
        if (const auto sent = ours.send(Message{}); !sent) code = sent.error().code;
    CHECK(code == EAGAIN);
}
