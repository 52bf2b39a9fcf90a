// Digest by OpenSSL, expressions by PCRE2's partial matching.
#include "check/probe/body_verifier.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <map>
#include <utility>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace check {

struct BodyVerifier::Md5 {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    Md5() { EVP_DigestInit_ex(context, EVP_md5(), nullptr); }
    ~Md5() { EVP_MD_CTX_free(context); }
    Md5(const Md5&) = delete;
    Md5& operator=(const Md5&) = delete;
};

namespace {

/// The stack of compiled code (regex_stack): one for the process, as large as the largest of all urls.
class JitStack {
  public:
    static JitStack& shared() {
        static JitStack stack;
        return stack;
    }
    void need(std::size_t start, std::size_t most) {
        if (most <= most_) return;
        pcre2_jit_stack_free(stack_);
        stack_ = pcre2_jit_stack_create(start, most, nullptr);
        most_ = most;
        pcre2_jit_stack_assign(context_, nullptr, stack_);
    }
    pcre2_match_context* context() { return context_; }

  private:
    JitStack() : context_(pcre2_match_context_create(nullptr)) {}
    pcre2_match_context* context_;
    pcre2_jit_stack* stack_ = nullptr;
    std::size_t most_ = 0;
};

/// Expressions in use, by pattern and options: each is compiled once.
std::map<std::pair<std::string, std::uint32_t>, std::weak_ptr<const CompiledRegex::Code>>& codes() {
    static std::map<std::pair<std::string, std::uint32_t>, std::weak_ptr<const CompiledRegex::Code>> all;
    return all;
}

}  // namespace

std::shared_ptr<const CompiledRegex> CompiledRegex::compile(const conf::Regex& regex, std::string& error) {
    JitStack::shared().need(regex.stack_start, regex.stack_max);
    auto& known = codes()[{regex.pattern, regex.options}];
    if (auto code = known.lock()) return std::shared_ptr<const CompiledRegex>(new CompiledRegex(regex, code));
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.pattern.data()), regex.pattern.size(),
                                     regex.options, &number, &offset, nullptr);
    if (code == nullptr) {
        PCRE2_UCHAR text[128]{};
        pcre2_get_error_message(number, text, sizeof text);
        error = "Invalid regex: '" + regex.pattern + "' at offset " + std::to_string(offset) + ": " +
                reinterpret_cast<const char*>(text);
        return nullptr;
    }
    std::uint32_t look_behind = 0;
    pcre2_pattern_info(code, PCRE2_INFO_MAXLOOKBEHIND, &look_behind);
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
    constexpr std::size_t kMaxUtf8 = 4;       // a character of look-behind is at most this many bytes
    look_behind = std::max(look_behind, 1U);  // "^" of many lines looks at the line's end before it
    auto made = std::make_shared<const Code>(code, look_behind * kMaxUtf8);
    known = made;
    return std::shared_ptr<const CompiledRegex>(new CompiledRegex(regex, std::move(made)));
}

CompiledRegex::Code::~Code() { pcre2_code_free(static_cast<pcre2_code*>(code)); }

BodyVerifier::BodyVerifier(bool digest, std::shared_ptr<const CompiledRegex> regex)
    : md5_(digest ? std::make_unique<Md5>() : nullptr),
      regex_(std::move(regex)),
      decided_(regex_ == nullptr) {}

BodyVerifier::~BodyVerifier() = default;

void BodyVerifier::hash(std::span<const std::uint8_t> bytes) {
    if (md5_) EVP_DigestUpdate(md5_->context, bytes.data(), bytes.size());
}

void BodyVerifier::search(std::span<const std::uint8_t> bytes) {
    if (decided_ || bytes.empty()) return;
    window_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    match(false);
}

void BodyVerifier::end() {
    if (md5_) EVP_DigestFinal_ex(md5_->context, digest_.data(), nullptr);
    if (!decided_) match(true);
    decided_ = true;
}

void BodyVerifier::forget_before(std::size_t position) {
    const std::size_t keep = regex_->look_behind();
    const std::size_t cut = position > keep ? position - keep : 0;
    window_.erase(0, cut);
    window_at_ += cut;
    search_from_ = position - cut;
}

void BodyVerifier::match(bool last) {
    const conf::Regex& source = regex_->source();
    if (window_at_ + window_.size() <= source.min_offset && !last) return forget_before(window_.size());
    if (window_at_ + search_from_ < source.min_offset) {
        search_from_ = std::min<std::size_t>(source.min_offset - window_at_, window_.size());
    }
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    const auto* code = static_cast<const pcre2_code*>(regex_->code());
    std::uint32_t options = last ? 0 : PCRE2_PARTIAL_HARD;
    if (window_at_ > 0) options |= PCRE2_NOTBOL;
    const int outcome = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(window_.data()), window_.size(),
                                    search_from_, options, data, JitStack::shared().context());
    const std::size_t begin =
        outcome >= 0 || outcome == PCRE2_ERROR_PARTIAL ? pcre2_get_ovector_pointer(data)[0] : 0;
    pcre2_match_data_free(data);

    const bool too_late = source.max_offset && window_at_ + begin > *source.max_offset;
    if (outcome >= 0 || outcome == PCRE2_ERROR_PARTIAL) {
        if (too_late) {
            decided_ = true;
        } else if (outcome >= 0) {
            matched_ = decided_ = true;
        } else {
            forget_before(begin);
            if (window_.size() > kWindow) decided_ = true;
        }
    } else if (outcome == PCRE2_ERROR_NOMATCH) {
        forget_before(window_.size());
    } else {
        decided_ = true;  // a match limit, or bytes that are no UTF-8: no match
    }
}

}  // namespace check
