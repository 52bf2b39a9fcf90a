#include "report/json/emitter.hpp"

#include <fmt/format.h>

#include "report/text/values.hpp"

namespace report {
namespace {

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '/':
            out += "\\/";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (static_cast<unsigned char>(c) < 0x20)
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
        out += c;
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) append_escaped(out, c);
    out += '"';
}

}  // namespace

void JsonEmitter::separate() {
    if (!first_) text_ += ',';
    first_ = false;
}

JsonEmitter& JsonEmitter::open(char bracket) {
    separate();
    text_ += bracket;
    first_ = true;
    return *this;
}

JsonEmitter& JsonEmitter::close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
}

JsonEmitter& JsonEmitter::key(std::string_view name) {
    separate();
    append_quoted(text_, name);
    text_ += ':';
    first_ = true;
    return *this;
}

JsonEmitter& JsonEmitter::string(std::string_view text) {
    separate();
    append_quoted(text_, text);
    return *this;
}

JsonEmitter& JsonEmitter::integer(std::int64_t value) {
    separate();
    text_ += fmt::format("{}", value);
    return *this;
}

JsonEmitter& JsonEmitter::counter(std::uint64_t value) {
    separate();
    text_ += fmt::format("{}", value);
    return *this;
}

JsonEmitter& JsonEmitter::boolean(bool value) {
    separate();
    text_ += value ? "true" : "false";
    return *this;
}

JsonEmitter& JsonEmitter::seconds(Microseconds value) {
    separate();
    text_ += general_seconds(value);
    return *this;
}

JsonEmitter& JsonEmitter::fixed_seconds(Microseconds value) {
    separate();
    text_ += report::fixed_seconds(value);
    return *this;
}

}  // namespace report
