// Notifications of the checker child.
#include "check/child/notifier.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "conf/command.hpp"
#include "lib/log/log.hpp"
#include "lib/process/notify_fifo.hpp"
#include "lib/process/script_runner.hpp"

namespace check {

namespace {

constexpr Seconds kLongestFinish{1};

smtp::Settings mail_settings(const conf::Global& global) {
    smtp::Settings settings;
    settings.server = global.smtp_server;
    settings.interface = global.smtp_interface;
    settings.port = global.smtp_port;
    settings.helo_name = global.smtp_helo_name;
    settings.from = global.email_from;
    settings.recipients = global.notification_email;
    settings.router_id = global.router_id;
    settings.timeout = global.smtp_connect_timeout;
    return settings;
}

}  // namespace

struct Notifier::Impl : std::enable_shared_from_this<Impl> {
    Impl(boost::asio::io_context& l, process::ScriptRunner& s) : loop(l), scripts(s), mail(l), limit(l) {}

    boost::asio::io_context& loop;
    process::ScriptRunner& scripts;
    smtp::Client mail;
    boost::asio::steady_timer limit;
    const conf::Model* model = nullptr;
    Fifos fifos;
    std::set<process::RunId> running;
    std::function<void()> then;

    void run(const conf::OptionalScript& script) {
        if (!script || script->verdict != conf::ScriptVerdict::usable) return;
        auto id = std::make_shared<process::RunId>(0);
        process::ScriptRun run;
        run.command = conf::command_of(*script);
        run.ended = [self = weak_from_this(), id](const process::ScriptEnd&) {
            const auto impl = self.lock();
            if (!impl) return;
            impl->running.erase(*id);
            impl->finish_if_idle();
        };
        *id = scripts.start(std::move(run));
        running.insert(*id);
    }

    void say(const std::string& line) const {
        for (const int fd : {fifos.notify, fifos.lvs_notify}) {
            if (fd >= 0) (void)process::write_fifo_line(fd, line);
        }
    }

    void notify(const Notice& notice) {
        const conf::VirtualServer& service = model->lvs.virtual_servers[notice.service];
        const std::string name = conf::service_name(service);
        const char* word = notice.up ? "UP" : "DOWN";
        if (notice.kind == Notice::Kind::service) {
            run(notice.up ? service.quorum_up : service.quorum_down);
            say(fmt::format("VS {} {}\n", name, word));
            if (service.smtp_alert)
                mail.send({fmt::format("Virtualserver {} - {}", name, word), notice.mail_body});
            return;
        }
        const conf::RealServer& server = service.real_servers[notice.server];
        const std::string server_name = conf::server_name(server.endpoint, service.protocol);
        if (notice.kind == Notice::Kind::server) {
            run(notice.up ? server.settings->notify_up : server.settings->notify_down);
            say(fmt::format("RS {} {} {}\n", server_name, name, word));
        }
        if (!server.smtp_alert || notice.mail_body.empty()) return;
        mail.send({fmt::format("Realserver {} of virtual server {} - {}", server_name, name, word),
                   notice.mail_body});
    }

    void finish(std::function<void()> done) {
        then = std::move(done);
        limit.expires_after(kLongestFinish);
        limit.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
            const auto impl = self.lock();
            if (error || !impl) return;
            for (const process::RunId id : impl->running) impl->scripts.kill(id);
            impl->end();
        });
        mail.when_idle([self = weak_from_this()] {
            if (const auto impl = self.lock()) impl->finish_if_idle();
        });
        boost::asio::post(loop, [self = weak_from_this()] {
            if (const auto impl = self.lock()) impl->finish_if_idle();
        });
    }

    void finish_if_idle() {
        if (then && running.empty() && mail.under_way() == 0) end();
    }

    void end() {
        if (!then) return;
        limit.cancel();
        const auto done = std::exchange(then, nullptr);
        done();
    }
};

Notifier::Notifier(boost::asio::io_context& loop, process::ScriptRunner& scripts)
    : impl_(std::make_shared<Impl>(loop, scripts)) {}

Notifier::~Notifier() = default;

void Notifier::configure(const conf::Model& model, Fifos fifos) {
    impl_->model = &model;
    impl_->fifos = fifos;
    impl_->mail.configure(mail_settings(model.global));
}

void Notifier::notify(const Notice& notice) { impl_->notify(notice); }

void Notifier::finish(std::function<void()> then) { impl_->finish(std::move(then)); }

}  // namespace check
