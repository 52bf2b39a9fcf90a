// Base of the probes that hold one TCP conversation an attempt: owns the coroutine's things, so that the probe may go
// while it runs. For .cpp files of probes only.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "check/probe/connection.hpp"
#include "check/probe/probe.hpp"

namespace check {

using Executor = boost::asio::io_context::executor_type;
template <typename T>
using Task = boost::asio::awaitable<T, Executor>;

inline auto into(boost::system::error_code& error) {
    return boost::asio::redirect_error(boost::asio::use_awaitable_t<Executor>{}, error);
}

/// One attempt of a conversation.
struct Conversation {
    Conversation(boost::asio::io_context& loop, const conf::Connection& c)
        : connection(c), socket(loop), deadline(loop, socket) {}

    void give_up() {
        given_up = true;
        deadline.stop();
        boost::system::error_code ignored;
        socket.close(ignored);
    }

    conf::Connection connection;
    TcpSocket socket;
    Deadline deadline;
    bool given_up = false;
};

/// Runs `talk` (a callable taking the conversation and giving the attempt) and reports; nothing after give_up().
template <typename Talk>
void converse(boost::asio::io_context& loop, std::shared_ptr<Conversation> conversation, Talk talk,
              Probe::Done done) {
    auto whole = [](std::shared_ptr<Conversation> c, Talk t, Probe::Done d) -> Task<void> {
        // A connection on loopback is there at once: `done` must not be called from inside start().
        co_await boost::asio::post(boost::asio::use_awaitable_t<Executor>{});
        Attempt attempt = co_await t(*c);
        if (c->given_up) co_return;
        boost::system::error_code ignored;
        c->socket.close(ignored);
        d(std::move(attempt));
    };
    boost::asio::co_spawn(loop.get_executor(),
                          whole(std::move(conversation), std::move(talk), std::move(done)),
                          boost::asio::detached);
}

}  // namespace check
