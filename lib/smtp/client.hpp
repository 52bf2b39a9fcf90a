// SMTP alerts: one connection a mail, opened at once, no queue, no retry (conf-global.md §5).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "lib/smtp/settings.hpp"

namespace boost::asio {
class io_context;
}

namespace smtp {

class Client {
  public:
    explicit Client(boost::asio::io_context& loop);
    ~Client();

    /// For mails sent from now on; those under way keep theirs.
    void configure(Settings settings);
    /// Nothing happens when the settings name no server or no recipient.
    void send(const Mail& mail);

    std::size_t under_way() const;
    /// Called once, from the loop, when no mail is under way any more (clean stop).
    void when_idle(std::function<void()> then);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace smtp
