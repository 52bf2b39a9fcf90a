// HTTP_GET and SSL_GET: one url an attempt; the server is up once all urls passed one after another
// (lvs-behaviour.md §6, §7.2).
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "check/probe/body_verifier.hpp"
#include "check/probe/connection.hpp"
#include "check/probe/http_exchange.hpp"
#include "check/probe/probe.hpp"

namespace check {

namespace {

/// A body that never ends must not keep a check for ever: this many read time-outs, or the delay_loop if that is longer.
constexpr int kLongestSteps = 10;

/// What was decided about one response.
struct Judgement {
    bool good = false;
    std::string detail;  ///< why not, or what recovered
};

class HttpCheck final : public Probe {
  public:
    HttpCheck(const conf::Checker& checker, ProbeSubject subject, ProbeServices services)
        : config_(std::get<conf::HttpCheck>(checker.kind)),
          connection_(checker.connection),
          delay_loop_(checker.timing->delay_loop),
          subject_(std::move(subject)),
          tls_(config_.tls ? services.tls : nullptr),
          exchange_(services.loop) {
        for (const conf::Url& url : config_.urls) {
            std::string error;
            regexes_.push_back(url.regex ? CompiledRegex::compile(*url.regex, error) : nullptr);
            regex_errors_.push_back(std::move(error));
        }
    }

    void start(Done done) override {
        done_ = std::move(done);
        const conf::Url& url = config_.urls[next_];
        body_ = std::make_unique<BodyVerifier>(url.digest.has_value(), regexes_[next_]);
        wire_ = std::make_unique<BodyVerifier>(url.digest.has_value(),
                                               url.regex && !url.regex->no_match ? regexes_[next_] : nullptr);
        HttpRequest request;
        request.connection = connection_;
        request.text = request_text(url.path, host(url), config_.protocol);
        request.tls = tls_;
        request.sni = sni(url);
        request.tls_compliant = config_.tls_compliant || url.tls_compliant;
        request.longest = std::max<Microseconds>(connection_.settings->timeout * kLongestSteps, delay_loop_);
        exchange_.start(std::move(request),
                        {.body = [this](Bytes bytes) { body_->take(bytes); },
                         .wire =
                             [this](Bytes bytes, std::size_t announced) {
                                 wire_->hash(bytes.first(announced));
                                 wire_->search(bytes);
                             },
                         .header = [this](Bytes bytes) { wire_->search(bytes); }},
                        [this](const HttpResponse& response) { ended(response); });
    }

    void cancel() override { exchange_.cancel(); }

    schedule::Policy policy() const override {
        return {.down_waits_longer = true, .fast_recovery = config_.fast_recovery};
    }
    std::string up_line() const override {
        return fmt::format("Remote Web server {} succeed on service.", subject_.server);
    }
    std::string down_line(std::uint32_t retries) const override {
        const char* kind = config_.tls ? "SSL_CHECK" : "HTTP_CHECK";
        if (retries == 0) return fmt::format("{} on service {} failed.", kind, subject_.server);
        return fmt::format("{} on service {} failed after {} retries.", kind, subject_.server, retries);
    }
    Progress progress() const override { return {.next_url = static_cast<std::uint32_t>(next_)}; }
    std::string mail_body(bool up) const override {
        return up ? "=> CHECK succeed on service <="
                  : "=> CHECK failed on service : HTTP/SSL request failed <=";
    }

  private:
    using Bytes = std::span<const std::uint8_t>;

    std::string host(const conf::Url& url) const {
        if (!url.virtualhost.empty()) return url.virtualhost;
        if (!config_.virtualhost.empty()) return config_.virtualhost;
        if (!subject_.virtualhost.empty()) return subject_.virtualhost;
        return host_of(connection_.destination);
    }

    /// The real server's virtualhost is skipped here, as in the reference.
    std::string sni(const conf::Url& url) const {
        if (!config_.tls || !config_.enable_sni) return {};
        for (const conf::RareText* name : {&config_.sni_name, &url.virtualhost, &config_.virtualhost}) {
            if (!name->empty()) return *name;
        }
        return subject_.service_virtualhost;
    }

    void ended(const HttpResponse& response) {
        const Judgement judgement = judge(response);
        Attempt attempt;
        attempt.detail = judgement.detail;
        attempt.error = response.error;
        if (response.end == HttpEnd::bind_failed || response.end == HttpEnd::local_error) {
            attempt.outcome = schedule::Attempt::local;
            attempt.always_log = true;
        } else if (!judgement.good) {
            attempt.outcome = schedule::Attempt::failure;
            passed_ = 0;
            failing_ = true;
        } else {
            attempt.outcome = pass(attempt);
        }
        const Done done = std::move(done_);
        done(std::move(attempt));
    }

    /// A url is good. Once the url that had failed is, all of them are asked again, from the first.
    schedule::Attempt pass(Attempt& attempt) {
        if (!is_up()) {
            attempt.detail = recovery_text(config_.urls[next_]);
            attempt.always_log = true;
        }
        if (std::exchange(failing_, false) && !is_up()) {
            next_ = 0;
            return schedule::Attempt::partial;
        }
        next_ = (next_ + 1) % config_.urls.size();
        if (++passed_ < config_.urls.size()) return schedule::Attempt::partial;
        passed_ = 0;
        return schedule::Attempt::success;
    }

    std::string recovery_text(const conf::Url& url) const {
        const char* what = url.regex ? "Regex match" : url.digest ? "MD5 digest" : "HTTP status code";
        return fmt::format("{} success to {} url({})", what, subject_.server, url.path);
    }

    Judgement judge(const HttpResponse& response) {
        if (response.end != HttpEnd::complete) return {false, failure_text(response)};
        body_->end();
        wire_->end();
        note_length(response);
        const conf::Url& url = config_.urls[next_];
        const auto accepted = [&](const std::array<std::uint16_t, 2>& range) {
            return response.status >= range[0] && response.status <= range[1];
        };
        if (std::none_of(url.status_codes.begin(), url.status_codes.end(), accepted)) {
            return {false, fmt::format("HTTP status code error to server {}.", subject_.server)};
        }
        if (url.digest && *url.digest != body_->digest() && *url.digest != wire_->digest()) {
            return {false, fmt::format("MD5 digest error to server {}.", subject_.server)};
        }
        if (url.regex && !regexes_[next_]) return {false, regex_errors_[next_]};
        if (url.regex && (body_->matched() || wire_->matched()) == url.regex->no_match) {
            return {false, fmt::format("Regex match failed server {}.", subject_.server)};
        }
        return {true, {}};
    }

    /// Announced and received length differ: said once for each difference, and still a success.
    void note_length(const HttpResponse& response) {
        if (!response.has_content_length || response.content_length == response.received) return;
        const std::pair lengths{response.content_length, response.received};
        if (!told_lengths_.insert(lengths).second || told_lengths_.size() > kToldLengths) return;
        subject_.log(fmt::format(
            "http_check for RS {} VS {} url {}{}: content_length ({}) does not match received bytes ({})",
            subject_.server, subject_.service, config_.urls[next_].virtualhost, config_.urls[next_].path,
            lengths.first, lengths.second));
    }

    std::string failure_text(const HttpResponse& response) const {
        const std::string& server = subject_.server;
        switch (response.end) {
            case HttpEnd::connect_failed:
                if (response.error == ENETUNREACH || response.error == EHOSTUNREACH) {
                    return fmt::format("HTTP/SSL_CHECK - network unreachable server {}.", server);
                }
                return fmt::format("Connection failed server {}.", server);
            case HttpEnd::connect_timeout:
                return fmt::format("Timeout connecting server {}.", server);
            case HttpEnd::bind_failed:
                return bind_failure(response.error, "WEB socket bind failed. Rescheduling");
            case HttpEnd::local_error:
                return fmt::format("WEB socket failed: {}. Rescheduling", std::strerror(response.error));
            case HttpEnd::tls_failed:
                return fmt::format("SSL handshake/communication error connecting to server {}.", server);
            case HttpEnd::send_failed:
                return fmt::format("Cannot send get request to server {}.", server);
            case HttpEnd::no_answer:
                return fmt::format("Timeout WEB read server {}.", server);
            case HttpEnd::read_timeout:
                return fmt::format("Timeout {} read server {}.", config_.tls ? "SSL" : "HTTP", server);
            case HttpEnd::read_failed:
                return config_.tls ? fmt::format("SSL read error from server {}.", server)
                                   : fmt::format("Read error with server {}.", server);
            case HttpEnd::no_data:
            case HttpEnd::complete:
                break;
        }
        return fmt::format("Read, no data received from  server {}.", server);
    }

    static constexpr std::size_t kToldLengths = 64;

    conf::HttpCheck config_;
    conf::Connection connection_;
    Microseconds delay_loop_;
    ProbeSubject subject_;
    TlsContext* tls_;
    HttpExchange exchange_;
    std::vector<std::shared_ptr<const CompiledRegex>> regexes_;
    std::vector<std::string> regex_errors_;
    // A digest taken by the reference's genhash is of the bytes on the wire, chunks and all; one taken by curl is of the
    // body. An expression may stand in the header for the reference, as long as body and header come together; it counts
    // offsets from there then. What is good for one of the two views is good.
    std::unique_ptr<BodyVerifier> body_, wire_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> told_lengths_;
    Done done_;
    std::size_t next_ = 0;    // the url of the next attempt
    std::size_t passed_ = 0;  // urls that were good in a row, in this pass
    bool failing_ = false;
};

const ProbeRegistration kRegistration(kind_index<conf::HttpCheck>(),
                                      [](const conf::Checker& checker, ProbeSubject subject,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<HttpCheck>(checker, std::move(subject),
                                                                             services);
                                      });

}  // namespace

}  // namespace check
