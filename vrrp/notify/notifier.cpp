#include "vrrp/notify/notifier.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conf/command.hpp"
#include "lib/process/notify_fifo.hpp"
#include "lib/process/script_runner.hpp"
#include "lib/smtp/client.hpp"
#include "vrrp/notify/script_queue.hpp"
#include "vrrp/notify/texts.hpp"

namespace vrrp::notify {

namespace asio = boost::asio;
using protocol::Notice;
using protocol::State;

namespace {

constexpr auto kStopLimit = std::chrono::seconds(1);

/// One instance or group: who is told, and how far that is.
struct Subject {
    bool is_group = false;
    std::uint32_t index = protocol::kNone;  ///< in the present model; kNone: it is not there any more
    std::string name;
    const conf::NotifyScripts* scripts = nullptr;  ///< the model's; null once it is not there any more
    bool mails = false;
    State told = State::init;    ///< the last state that was notified
    State mailed = State::init;  ///< never the same one twice in a row
    /// Made for the first script: most instances have none, and an empty queue is a kilobyte.
    std::optional<ScriptQueue> queue;

    bool is_running_scripts() const { return queue && !queue->idle(); }
};
using SubjectRef = std::shared_ptr<Subject>;
using Subjects = std::vector<SubjectRef>;

const conf::OptionalScript& script_for(const conf::NotifyScripts& scripts, State state) {
    static const conf::OptionalScript none;
    switch (state) {
        case State::master:
            return scripts.master;
        case State::backup:
            return scripts.backup;
        case State::fault:
            return scripts.fault;
        case State::stop:
            return scripts.stop;
        case State::deleted:
            return scripts.deleted;
        case State::init:
            break;
    }
    return none;
}

bool usable(const conf::OptionalScript& script) {
    return script && script->verdict == conf::ScriptVerdict::usable;
}

smtp::Settings mail_settings(const conf::Global& global) {
    return {global.smtp_server,        global.smtp_port, global.smtp_helo_name,      global.email_from,
            global.notification_email, global.router_id, global.smtp_connect_timeout};
}

}  // namespace

struct Notifier::Impl : std::enable_shared_from_this<Notifier::Impl> {
    Impl(asio::io_context& io, process::ScriptRunner& script_runner, Progress on_progress)
        : loop(io), runner(script_runner), progress(std::move(on_progress)), mail(io), stop_timer(io) {}

    asio::io_context& loop;
    process::ScriptRunner& runner;
    Progress progress;
    smtp::Client mail;
    asio::steady_timer stop_timer;
    Fifos fifos;
    bool mail_faults = true;
    bool write_on_reload = false;
    Subjects instances, groups;
    Subjects gone;  ///< deleted by a reload, their scripts still run
    std::function<void()> finished;

    SubjectRef continuing(Subjects& old, const std::vector<std::uint32_t>& map, std::size_t i, bool is_group);
    void tell(const SubjectRef& subject, State state, std::uint8_t priority,
              const conf::OptionalScript& own_script);
    void run(const SubjectRef& subject, std::vector<process::Command> scripts);
    void write_state(const Subject& subject, State state, std::uint8_t priority);
    void write_line(const std::string& line);
    void send_mail(Subject& subject, State state);
    std::vector<process::Command> commands(const Subject& subject, State state, std::uint8_t priority,
                                           const conf::OptionalScript& own_script);
    void report(const Subject& subject, bool is_finished);
    void on_drained(Subject& subject);
    bool scripts_idle() const;
    void check_finished();
    void finish_now();
    template <typename Visit>
    void for_all(Visit visit) const {
        for (const auto* list : {&instances, &groups, &gone})
            for (const auto& subject : *list) visit(*subject);
    }
};

SubjectRef Notifier::Impl::continuing(Subjects& old, const std::vector<std::uint32_t>& map, std::size_t i,
                                      bool is_group) {
    const std::uint32_t before = i < map.size() ? map[i] : protocol::kNone;
    const bool continues = before < old.size() && old[before];
    auto subject = continues ? std::move(old[before]) : std::make_shared<Subject>();
    subject->is_group = is_group;
    subject->index = static_cast<std::uint32_t>(i);
    return subject;
}

void Notifier::Impl::run(const SubjectRef& subject, std::vector<process::Command> scripts) {
    if (scripts.empty()) return;
    if (!subject->queue) {
        subject->queue.emplace(loop, runner, subject->name,
                               [weak = weak_from_this(), of = std::weak_ptr<Subject>(subject)] {
                                   const auto self = weak.lock();
                                   const auto drained = of.lock();
                                   if (self && drained) self->on_drained(*drained);
                               });
    }
    subject->queue->add(std::move(scripts));
}

/// The order of vrrp-behaviour.md §10: scripts, FIFOs, mail. The scripts only start once the loop turns, so the FIFO
/// line is written first in fact; nobody can rely on the order of the two.
void Notifier::Impl::tell(const SubjectRef& subject, State state, std::uint8_t priority,
                          const conf::OptionalScript& own_script) {
    subject->told = state;
    report(*subject, false);
    run(subject, commands(*subject, state, priority, own_script));
    write_state(*subject, state, priority);
    send_mail(*subject, state);
    if (!subject->is_running_scripts()) report(*subject, true);
}

void Notifier::Impl::write_state(const Subject& subject, State state, std::uint8_t priority) {
    const auto word = word_of(state);
    if (word.empty()) return;
    write_line(subject.is_group ? group_line(subject.name, word)
                                : instance_line(subject.name, word, priority));
}

// A line for which there is no space is lost, silently: so it has always been.
void Notifier::Impl::write_line(const std::string& line) {
    process::write_fifo_line(fifos.notify, line);
    process::write_fifo_line(fifos.vrrp_notify, line);
}

void Notifier::Impl::send_mail(Subject& subject, State state) {
    if (!subject.mails || state == subject.mailed) return;
    if (state == State::fault && !mail_faults) return;
    const auto text = subject.is_group ? group_mail(subject.name, state) : instance_mail(subject.name, state);
    if (!text) return;
    subject.mailed = state;
    mail.send(*text);
}

std::vector<process::Command> Notifier::Impl::commands(const Subject& subject, State state,
                                                       std::uint8_t priority,
                                                       const conf::OptionalScript& own_script) {
    std::vector<process::Command> result;
    if (usable(own_script)) result.push_back(conf::command_of(*own_script));
    const auto word = word_of(state);
    if (usable(subject.scripts->generic) && !word.empty())
        result.push_back(conf::command_of(
            *subject.scripts->generic, {subject.is_group ? "GROUP" : "INSTANCE", subject.name,
                                        std::string(word), std::to_string(subject.is_group ? 0 : priority)}));
    return result;
}

void Notifier::Impl::report(const Subject& subject, bool is_finished) {
    if (subject.index == protocol::kNone) return;
    const auto& to = subject.is_group ? progress.group : progress.instance;
    if (to) to(subject.index, subject.told, is_finished);
}

void Notifier::Impl::on_drained(Subject& subject) {
    report(subject, true);
    std::erase_if(gone, [](const auto& left) { return !left->is_running_scripts(); });
    check_finished();
}

bool Notifier::Impl::scripts_idle() const {
    bool idle = true;
    for_all([&](Subject& subject) { idle = idle && !subject.is_running_scripts(); });
    return idle;
}

void Notifier::Impl::check_finished() {
    if (finished && scripts_idle() && mail.under_way() == 0) finish_now();
}

void Notifier::Impl::finish_now() {
    stop_timer.cancel();
    if (finished) asio::post(loop, std::exchange(finished, nullptr));
}

Notifier::Notifier(asio::io_context& loop, process::ScriptRunner& runner, Progress progress)
    : impl_(std::make_shared<Impl>(loop, runner, std::move(progress))) {}
Notifier::~Notifier() = default;

void Notifier::configure(const conf::Model& model, Fifos fifos, const protocol::Continuation& continuation) {
    Impl& impl = *impl_;
    impl.fifos = fifos;
    impl.mail_faults = !model.global.no_email_faults;
    impl.write_on_reload = model.global.fifo_write_vrrp_states_on_reload;
    impl.mail.configure(mail_settings(model.global));

    Subjects old_instances = std::exchange(impl.instances, {});
    for (std::size_t i = 0; i < model.instances.size(); ++i) {
        auto subject = impl.continuing(old_instances, continuation.instance_of, i, false);
        subject->name = model.instances[i].name;
        subject->scripts = &model.instances[i].notify;
        subject->mails = model.instances[i].smtp_alert.value_or(false);
        impl.instances.push_back(std::move(subject));
    }
    Subjects old_groups = std::exchange(impl.groups, {});
    for (std::size_t i = 0; i < model.sync_groups.size(); ++i) {
        auto subject = impl.continuing(old_groups, continuation.group_of, i, true);
        subject->name = model.sync_groups[i].name;
        subject->scripts = &model.sync_groups[i].notify;
        subject->mails = model.sync_groups[i].smtp_alert.value_or(false);
        impl.groups.push_back(std::move(subject));
    }
    for (auto* left : {&old_instances, &old_groups})
        for (auto& subject : *left) {
            if (!subject) continue;
            subject->index = protocol::kNone;
            subject->scripts = nullptr;
            if (subject->is_running_scripts()) impl.gone.push_back(std::move(subject));
        }
    impl.for_all([](Subject& subject) {
        if (subject.queue) subject.queue->rename(subject.name);
    });
}

void Notifier::notify(const protocol::NotifyInstance& notice) {
    if (notice.instance >= impl_->instances.size()) return;
    const SubjectRef& subject = impl_->instances[notice.instance];
    const conf::NotifyScripts& scripts = *subject->scripts;
    if (notice.notice == Notice::state)
        return impl_->tell(subject, notice.state, notice.priority, script_for(scripts, notice.state));
    const auto word = fifo_word_of(notice.notice, notice.state);
    if (!word.empty()) impl_->write_line(instance_line(subject->name, word, notice.priority));
    if (notice.notice == Notice::master_rx_lower_pri && usable(scripts.master_rx_lower_pri))
        impl_->run(subject, {conf::command_of(*scripts.master_rx_lower_pri)});
}

void Notifier::notify(const protocol::NotifyGroup& notice) {
    if (notice.group >= impl_->groups.size()) return;
    const SubjectRef& subject = impl_->groups[notice.group];
    impl_->tell(subject, notice.state, 0, script_for(*subject->scripts, notice.state));
}

void Notifier::resume(protocol::InstanceIndex instance, State notified, std::uint8_t priority) {
    notify(protocol::NotifyInstance{instance, Notice::state, notified, priority});
}
void Notifier::resume_group(protocol::GroupIndex group, State notified) {
    notify(protocol::NotifyGroup{group, notified});
}

void Notifier::assume(protocol::InstanceIndex instance, State notified) {
    if (instance >= impl_->instances.size()) return;
    impl_->instances[instance]->told = impl_->instances[instance]->mailed = notified;
}
void Notifier::assume_group(protocol::GroupIndex group, State notified) {
    if (group >= impl_->groups.size()) return;
    impl_->groups[group]->told = impl_->groups[group]->mailed = notified;
}

/// The word is FAULT unless notify_deleted was given; notify_fault is not run, only notify_deleted's script.
void Notifier::deleted(protocol::InstanceIndex old_instance, StateOf was) {
    if (old_instance >= impl_->instances.size() || was.state == State::fault) return;
    const SubjectRef& subject = impl_->instances[old_instance];
    subject->index = protocol::kNone;
    const State told = subject->scripts->notify_deleted ? State::deleted : State::fault;
    impl_->tell(subject, told, was.priority, subject->scripts->deleted);
}

void Notifier::write_states(std::span<const StateOf> instances, std::span<const State> groups) {
    if (!impl_->write_on_reload) return;
    for (std::size_t i = 0; i < std::min(groups.size(), impl_->groups.size()); ++i)
        if (groups[i] != State::init) impl_->write_state(*impl_->groups[i], groups[i], 0);
    for (std::size_t i = 0; i < std::min(instances.size(), impl_->instances.size()); ++i)
        if (instances[i].state != State::init)
            impl_->write_state(*impl_->instances[i], instances[i].state, instances[i].priority);
}

void Notifier::finish(std::function<void()> then) {
    impl_->finished = std::move(then);
    impl_->for_all([](Subject& subject) {
        if (subject.queue) subject.queue->flush();
    });
    impl_->mail.when_idle([weak = std::weak_ptr<Impl>(impl_)] {
        if (const auto self = weak.lock()) self->check_finished();
    });
    impl_->stop_timer.expires_after(kStopLimit);
    impl_->stop_timer.async_wait([weak = std::weak_ptr<Impl>(impl_)](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!self || error) return;
        self->for_all([](Subject& subject) {
            if (subject.queue) subject.queue->kill();
        });
        self->finish_now();
    });
    impl_->check_finished();
}

}  // namespace vrrp::notify
