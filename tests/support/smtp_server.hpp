// An SMTP server on loopback that says what the test wants, in the test's own loop.
#pragma once

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace smtp_server {

namespace asio = boost::asio;
using asio::ip::tcp;

inline constexpr const char* kHangUp = "hang up";
inline constexpr const char* kSilence = "";

/// Answers each line (a whole message counts as one) with what `answer` says.
class Server {
  public:
    using Answer = std::function<std::string(const std::string& line)>;
    Server(asio::io_context& io, Answer answer)
        : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), answer_(std::move(answer)) {
        accept();
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::vector<std::string> heard;
    int connections = 0;
    int closed = 0;

  private:
    struct Session {
        tcp::socket socket;
        asio::streambuf buffer{};
        std::string reply{};
    };
    void accept() {
        acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
            if (error) return;
            ++connections;
            const auto session = std::make_shared<Session>(std::move(socket));
            say(session, answer_("connect"), "\r\n");
            accept();
        });
    }
    void say(const std::shared_ptr<Session>& session, const std::string& reply, const std::string& until) {
        if (reply == kHangUp) {
            ++closed;
            return session->socket.close();
        }
        session->reply = reply;
        asio::async_write(session->socket, asio::buffer(session->reply),
                          [this, session, until](const auto& error, std::size_t) {
                              if (!error) listen(session, until);
                          });
    }
    void listen(const std::shared_ptr<Session>& session, const std::string& until) {
        asio::async_read_until(
            session->socket, session->buffer, until, [this, session](const auto& error, std::size_t length) {
                if (error) return void(++closed);
                std::string line(
                    asio::buffers_begin(session->buffer.data()),
                    asio::buffers_begin(session->buffer.data()) + static_cast<std::ptrdiff_t>(length));
                session->buffer.consume(length);
                heard.push_back(line);
                say(session, answer_(line), line == "DATA\r\n" ? "\r\n.\r\n" : "\r\n");
            });
    }
    tcp::acceptor acceptor_;
    Answer answer_;
};

inline std::string friendly(const std::string& line) {
    if (line == "connect") return "220-welcome\r\n220 here\r\n";
    if (line == "DATA\r\n") return "354 go on\r\n";
    if (line == "QUIT\r\n") return "221 bye\r\n";
    return "250 ok\r\n";
}

}  // namespace smtp_server
