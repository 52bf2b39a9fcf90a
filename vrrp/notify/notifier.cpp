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

/// Which instance or group, and what it was told last.
struct Told {
    std::uint32_t index = protocol::kNone;  ///< in the present model; kNone: it is not there any more
    bool is_group = false;
    State state = State::init;
};

/// The scripts of a subject, which outlive it: those of a deleted one run to their end.
struct Scripts {
    Told about;
    std::optional<ScriptQueue> queue;

    bool are_running() const { return queue && !queue->idle(); }
};
using ScriptsRef = std::shared_ptr<Scripts>;

/// One instance or group: who is told, and how far that is. There may be thousands.
struct Subject {
    const std::string* name = nullptr;  ///< the model's, as the next
    const conf::NotifyScripts* scripts = nullptr;
    ScriptsRef running;  ///< made for the first script: most have none, and an empty queue is a kilobyte
    Told told;
    State mailed = State::init;  ///< never the same one twice in a row
    bool mails = false;

    bool is_running_scripts() const { return running && running->are_running(); }
};
using Subjects = std::vector<Subject>;

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
    return {global.smtp_server, global.smtp_interface,     global.smtp_port, global.smtp_helo_name,
            global.email_from,  global.notification_email, global.router_id, global.smtp_connect_timeout};
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
    std::vector<ScriptsRef> gone;  ///< of what a reload deleted: they still run
    std::function<void()> finished;

    Subject continuing(Subjects& old, const std::vector<std::uint32_t>& map, std::size_t i, bool is_group);
    void tell(Subject& subject, State state, std::uint8_t priority, const conf::OptionalScript& own_script);
    void run(Subject& subject, std::vector<process::Command> scripts);
    void write_state(const Subject& subject, State state, std::uint8_t priority);
    void write_line(const std::string& line);
    void send_mail(Subject& subject, State state);
    std::vector<process::Command> commands(const Subject& subject, State state, std::uint8_t priority,
                                           const conf::OptionalScript& own_script);
    void report(const Told& told, bool is_finished);
    void on_drained(const Scripts& scripts);
    bool scripts_idle() const;
    void check_finished();
    void finish_now();
    template <typename Visit>
    void for_all_scripts(Visit visit) const {
        for (const auto* list : {&instances, &groups})
            for (const auto& subject : *list)
                if (subject.running) visit(*subject.running);
        for (const auto& scripts : gone) visit(*scripts);
    }
};

Subject Notifier::Impl::continuing(Subjects& old, const std::vector<std::uint32_t>& map, std::size_t i,
                                   bool is_group) {
    const std::uint32_t before = i < map.size() ? map[i] : protocol::kNone;
    Subject subject = before < old.size() ? std::exchange(old[before], {}) : Subject{};
    subject.told.is_group = is_group;
    subject.told.index = static_cast<std::uint32_t>(i);
    if (subject.running) subject.running->about = subject.told;
    return subject;
}

void Notifier::Impl::run(Subject& subject, std::vector<process::Command> scripts) {
    if (scripts.empty()) return;
    if (!subject.running) {
        subject.running = std::make_shared<Scripts>();
        subject.running->queue.emplace(
            loop, runner, *subject.name,
            [weak = weak_from_this(), of = std::weak_ptr<Scripts>(subject.running)] {
                const auto self = weak.lock();
                const auto drained = of.lock();
                if (self && drained) self->on_drained(*drained);
            });
    }
    subject.running->about = subject.told;
    subject.running->queue->add(std::move(scripts));
}

/// The order of vrrp-behaviour.md §10: scripts, FIFOs, mail. The scripts only start once the loop turns, so the FIFO
/// line is written first in fact; nobody can rely on the order of the two.
void Notifier::Impl::tell(Subject& subject, State state, std::uint8_t priority,
                          const conf::OptionalScript& own_script) {
    subject.told.state = state;
    if (subject.running) subject.running->about = subject.told;
    report(subject.told, false);
    run(subject, commands(subject, state, priority, own_script));
    write_state(subject, state, priority);
    send_mail(subject, state);
    if (!subject.is_running_scripts()) report(subject.told, true);
}

void Notifier::Impl::write_state(const Subject& subject, State state, std::uint8_t priority) {
    const auto word = word_of(state);
    if (word.empty()) return;
    write_line(subject.told.is_group ? group_line(*subject.name, word)
                                     : instance_line(*subject.name, word, priority));
}

// A line for which there is no space is lost, silently: so it has always been.
void Notifier::Impl::write_line(const std::string& line) {
    process::write_fifo_line(fifos.notify, line);
    process::write_fifo_line(fifos.vrrp_notify, line);
}

void Notifier::Impl::send_mail(Subject& subject, State state) {
    if (!subject.mails || state == subject.mailed) return;
    if (state == State::fault && !mail_faults) return;
    const auto text =
        subject.told.is_group ? group_mail(*subject.name, state) : instance_mail(*subject.name, state);
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
        result.push_back(
            conf::command_of(*subject.scripts->generic,
                             {subject.told.is_group ? "GROUP" : "INSTANCE", *subject.name, std::string(word),
                              std::to_string(subject.told.is_group ? 0 : priority)}));
    return result;
}

void Notifier::Impl::report(const Told& told, bool is_finished) {
    if (told.index == protocol::kNone) return;
    const auto& to = told.is_group ? progress.group : progress.instance;
    if (to) to(told.index, told.state, is_finished);
}

void Notifier::Impl::on_drained(const Scripts& scripts) {
    report(scripts.about, true);
    std::erase_if(gone, [](const auto& left) { return !left->are_running(); });
    check_finished();
}

bool Notifier::Impl::scripts_idle() const {
    bool idle = true;
    for_all_scripts([&](const Scripts& scripts) { idle = idle && !scripts.are_running(); });
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
    const auto adopt = [](Subject subject, const auto& from) {
        subject.name = &from.name;
        subject.scripts = &from.notify;
        subject.mails = from.smtp_alert.value_or(false);
        return subject;
    };
    impl.instances.reserve(model.instances.size());
    for (std::size_t i = 0; i < model.instances.size(); ++i)
        impl.instances.push_back(
            adopt(impl.continuing(old_instances, continuation.instance_of, i, false), model.instances[i]));
    Subjects old_groups = std::exchange(impl.groups, {});
    for (std::size_t i = 0; i < model.sync_groups.size(); ++i)
        impl.groups.push_back(
            adopt(impl.continuing(old_groups, continuation.group_of, i, true), model.sync_groups[i]));
    for (auto* left : {&old_instances, &old_groups})
        for (auto& subject : *left) {
            if (!subject.is_running_scripts()) continue;
            subject.running->about.index = protocol::kNone;
            impl.gone.push_back(std::move(subject.running));
        }
    for (const auto* list : {&impl.instances, &impl.groups})
        for (const auto& subject : *list)
            if (subject.running) subject.running->queue->rename(*subject.name);
}

void Notifier::notify(const protocol::NotifyInstance& notice) {
    if (notice.instance >= impl_->instances.size()) return;
    Subject& subject = impl_->instances[notice.instance];
    const conf::NotifyScripts& scripts = *subject.scripts;
    if (notice.notice == Notice::state)
        return impl_->tell(subject, notice.state, notice.priority, script_for(scripts, notice.state));
    const auto word = fifo_word_of(notice.notice, notice.state);
    if (!word.empty()) impl_->write_line(instance_line(*subject.name, word, notice.priority));
    if (notice.notice == Notice::master_rx_lower_pri && usable(scripts.master_rx_lower_pri))
        impl_->run(subject, {conf::command_of(*scripts.master_rx_lower_pri)});
}

void Notifier::notify(const protocol::NotifyGroup& notice) {
    if (notice.group >= impl_->groups.size()) return;
    Subject& subject = impl_->groups[notice.group];
    impl_->tell(subject, notice.state, 0, script_for(*subject.scripts, notice.state));
}

void Notifier::resume(protocol::InstanceIndex instance, State notified, std::uint8_t priority) {
    notify(protocol::NotifyInstance{instance, Notice::state, notified, priority});
}
void Notifier::resume_group(protocol::GroupIndex group, State notified) {
    notify(protocol::NotifyGroup{group, notified});
}

void Notifier::assume(protocol::InstanceIndex instance, State notified) {
    if (instance >= impl_->instances.size()) return;
    impl_->instances[instance].told.state = impl_->instances[instance].mailed = notified;
}
void Notifier::assume_group(protocol::GroupIndex group, State notified) {
    if (group >= impl_->groups.size()) return;
    impl_->groups[group].told.state = impl_->groups[group].mailed = notified;
}

/// The word is FAULT unless notify_deleted was given; notify_fault is not run, only notify_deleted's script.
void Notifier::deleted(protocol::InstanceIndex old_instance, StateOf was) {
    if (old_instance >= impl_->instances.size() || was.state == State::fault) return;
    Subject& subject = impl_->instances[old_instance];
    subject.told.index = protocol::kNone;
    const State told = subject.scripts->notify_deleted ? State::deleted : State::fault;
    impl_->tell(subject, told, was.priority, subject.scripts->deleted);
}

void Notifier::write_states(std::span<const StateOf> instances, std::span<const State> groups) {
    if (!impl_->write_on_reload) return;
    for (std::size_t i = 0; i < std::min(groups.size(), impl_->groups.size()); ++i)
        if (groups[i] != State::init) impl_->write_state(impl_->groups[i], groups[i], 0);
    for (std::size_t i = 0; i < std::min(instances.size(), impl_->instances.size()); ++i)
        if (instances[i].state != State::init)
            impl_->write_state(impl_->instances[i], instances[i].state, instances[i].priority);
}

void Notifier::finish(std::function<void()> then) {
    impl_->finished = std::move(then);
    impl_->for_all_scripts([](Scripts& scripts) { scripts.queue->flush(); });
    impl_->mail.when_idle([weak = std::weak_ptr<Impl>(impl_)] {
        if (const auto self = weak.lock()) self->check_finished();
    });
    impl_->stop_timer.expires_after(kStopLimit);
    impl_->stop_timer.async_wait([weak = std::weak_ptr<Impl>(impl_)](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!self || error) return;
        self->for_all_scripts([](Scripts& scripts) { scripts.queue->kill(); });
        self->finish_now();
    });
    impl_->check_finished();
}

}  // namespace vrrp::notify
