// Datagram conversations: connected sockets, so that ICMP errors come back as errors.
#include "check/probe/datagram.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>

#include "check/probe/connection.hpp"

namespace check {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

struct DatagramExchange::Run : std::enable_shared_from_this<Run> {
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                   asio::io_context::executor_type>;

    Run(asio::io_context& l, DatagramRequest r, Done d, std::shared_ptr<UniqueFd> k)
        : loop(l), request(std::move(r)), done(std::move(d)), keep(std::move(k)), descriptor(l), timer(l) {}

    asio::io_context& loop;
    DatagramRequest request;
    Done done;
    std::shared_ptr<UniqueFd> keep;
    Descriptor descriptor;
    Timer timer;
    bool over = false;

    void go() {
        if (over) return;
        UniqueFd fd;
        if (keep && *keep) {
            fd = std::move(*keep);
        } else if (const DatagramResult result = open(fd); result.end != DatagramEnd::answered) {
            return finish(result);
        }
        if (send(fd.get(), request.payload.data(), request.payload.size(), MSG_NOSIGNAL) < 0) {
            return finish({DatagramEnd::send_failed, errno});
        }
        ErrorCode ignored;
        descriptor.assign(fd.release(), ignored);
        timer.expires_after(request.connection.settings->timeout);
        timer.async_wait([self = shared_from_this()](const ErrorCode& error) {
            if (!error) self->finish({DatagramEnd::timeout, 0});
        });
        wait();
    }

    DatagramResult open(UniqueFd& fd) const {
        auto opened = open_socket(request.connection, request.type, request.protocol);
        if (opened.has_error()) {
            const bool bind = opened.error().doing == "bind";
            return {bind ? DatagramEnd::bind_failed : DatagramEnd::local_error, opened.error().code};
        }
        const SocketAddress to =
            socket_address(request.connection.destination, request.connection.settings->bind_if);
        if (::connect(opened->get(), reinterpret_cast<const sockaddr*>(to.storage), to.length) < 0) {
            return {DatagramEnd::send_failed, errno};
        }
        fd = std::move(*opened);
        return {DatagramEnd::answered, 0};
    }

    void wait() {
        descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this()](const ErrorCode& error) {
            if (!error && !self->over) self->read();
        });
    }

    void read() {
        // A flood must not keep the loop from everything else, the time-out included.
        constexpr int kAtOnce = 16;
        std::array<std::uint8_t, 65536> bytes;
        for (int n = 0; n < kAtOnce; ++n) {
            const ssize_t got = recv(descriptor.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait();
            if (got < 0) return finish({DatagramEnd::refused, errno});
            const auto verdict = request.accept({bytes.data(), static_cast<std::size_t>(got)});
            if (verdict) return finish({*verdict ? DatagramEnd::answered : DatagramEnd::refused, 0});
        }
        wait();
    }

    void finish(const DatagramResult& result) {
        if (over) return;
        close();
        const Done then = std::move(done);
        then(result);
    }

    void close() {
        over = true;
        timer.cancel();
        if (!descriptor.is_open()) return;
        UniqueFd fd(descriptor.release());
        if (keep) *keep = std::move(fd);
    }
};

void DatagramExchange::start(DatagramRequest request, Done done, std::shared_ptr<UniqueFd> keep) {
    auto run = std::make_shared<Run>(loop_, std::move(request), std::move(done), std::move(keep));
    run_ = run;
    asio::post(loop_, [run] { run->go(); });
}

void DatagramExchange::cancel() {
    const auto run = run_.lock();
    if (run && !run->over) run->close();
}

}  // namespace check
