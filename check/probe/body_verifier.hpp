// What an HTTP check wants to know of a body: its MD5 digest, and whether a regular expression matches, while the body
// streams by. Never keeps more than a bounded window (lvs-behaviour.md §7.2, §7.3).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "conf/model_lvs.hpp"

namespace check {

/// A compiled expression, shared by all checks that use it.
class CompiledRegex {
  public:
    /// nullptr when the pattern does not compile; `error` says why and where.
    static std::shared_ptr<const CompiledRegex> compile(const conf::Regex& regex, std::string& error);
    const conf::Regex& source() const { return source_; }
    const void* code() const { return code_->code; }
    std::size_t look_behind() const { return code_->look_behind; }

    /// What urls with the same pattern and options share.
    struct Code {
        Code(void* c, std::size_t l) : code(c), look_behind(l) {}
        ~Code();
        Code(const Code&) = delete;
        Code& operator=(const Code&) = delete;
        void* code;  // pcre2_code; its header is kept out of this one
        std::size_t look_behind;
    };

  private:
    CompiledRegex(conf::Regex source, std::shared_ptr<const Code> code)
        : source_(std::move(source)), code_(std::move(code)) {}
    conf::Regex source_;
    std::shared_ptr<const Code> code_;
};

class BodyVerifier {
  public:
    /// @param regex  may be null
    BodyVerifier(bool digest, std::shared_ptr<const CompiledRegex> regex);
    ~BodyVerifier();
    BodyVerifier(const BodyVerifier&) = delete;
    BodyVerifier& operator=(const BodyVerifier&) = delete;

    void take(std::span<const std::uint8_t> bytes) {
        hash(bytes);
        search(bytes);
    }
    /// Only for the digest, only for the expression.
    void hash(std::span<const std::uint8_t> bytes);
    void search(std::span<const std::uint8_t> bytes);
    void end();

    /// After end(), when a digest was asked for.
    const std::array<std::uint8_t, 16>& digest() const { return digest_; }
    /// After end(): the expression matched within its offsets (regex_no_match not yet considered).
    bool matched() const { return matched_; }

    /// A partial match may hold back at most this much of the body.
    static constexpr std::size_t kWindow = 256 * 1024;

  private:
    struct Md5;
    std::unique_ptr<Md5> md5_;
    std::shared_ptr<const CompiledRegex> regex_;
    std::string window_;           // the part of the body that may still take part in a match
    std::uint64_t window_at_ = 0;  // its offset in the body
    std::size_t search_from_ = 0;  // within the window
    std::array<std::uint8_t, 16> digest_{};
    bool matched_ = false;
    bool decided_ = false;

    void match(bool last);
    void forget_before(std::size_t position);
};

}  // namespace check
