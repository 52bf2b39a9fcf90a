// Splits logical lines into words and counts braces: conf-language.md §4, §8.1.
#include "conf/lex.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace conf {

namespace {

bool is_blank(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

std::size_t skip_blanks(std::string_view line, std::size_t at) {
    while (at < line.size() && is_blank(line[at])) ++at;
    return at;
}

std::size_t plain_word_end(std::string_view line, std::size_t at) {
    while (at < line.size() && !is_blank(line[at]) && line[at] != '"') ++at;
    return at;
}

}  // namespace

StatementReader::StatementReader(std::string_view text, const PositionTable& positions, DiagnosticSink& sink)
    : text_(text), positions_(positions), sink_(sink) {
    previous_enrich_ = std::move(sink_.enrich);
    sink_.enrich = [this](Diagnostic& diagnostic) {
        if (diagnostic.where.line == 0 || !sink_.has_room()) return;
        const bool is_current =
            diagnostic.where.line == statement_.where.line && diagnostic.where.file == statement_.where.file;
        auto trail = is_current ? chain() : include_chain(positions_.table().files, diagnostic.where.file);
        diagnostic.related.insert(diagnostic.related.begin(), trail.begin(), trail.end());
    };
}

StatementReader::~StatementReader() { sink_.enrich = std::move(previous_enrich_); }

bool StatementReader::read_line() {
    if (at_ >= text_.size()) return false;
    const auto end = std::min(text_.find('\n', at_), text_.size());
    statement_.raw = text_.substr(at_, end - at_);
    at_ = end + 1;
    positions_.next();
    return true;
}

void StatementReader::split_words() {
    const std::string_view line = statement_.raw;
    const auto& position = positions_.current();
    statement_.words.clear();
    for (std::size_t at = skip_blanks(line, 0); at < line.size(); at = skip_blanks(line, at)) {
        if (line[at] != '"') {
            const std::size_t end = plain_word_end(line, at);
            statement_.words.push_back({line.substr(at, end - at), position.span(at, end - at), false});
            at = end;
            continue;
        }
        const std::size_t end = line.find('"', at + 1);
        if (end == std::string_view::npos) {
            statement_.where = position.span(at, line.size() - at);
            if (!quiet_) {
                sink_
                    .report(Class::unmatched_quote, statement_.where,
                            fmt::format("Unmatched quote: '{}'", line))
                    .expected = "a closing \"";
            }
            return;
        }
        statement_.words.push_back(
            {line.substr(at + 1, end - at - 1), position.span(at, end + 1 - at), true});
        at = end + 1;
    }
}

const Statement& StatementReader::next() {
    do {
        if (!read_line()) {
            statement_.kind = Statement::Kind::end;
            statement_.words.clear();
            statement_.raw = {};
            return statement_;
        }
        split_words();
    } while (statement_.words.empty());

    statement_.where = statement_.words[0].where;
    statement_.kind = Statement::Kind::statement;
    if (statement_.raw == "{") {
        statement_.kind = Statement::Kind::open_brace;
        ++depth_;
    } else if (statement_.raw == "}") {
        statement_.kind = Statement::Kind::close_brace;
        if (depth_ > 0) --depth_;
    }
    return statement_;
}

bool StatementReader::is_block_next() const { return text_.substr(at_, 2) == "{\n"; }

bool StatementReader::open_block() {
    if (!is_block_next()) return false;
    next();
    return true;
}

void StatementReader::skip_until(std::uint32_t depth) {
    const bool was_quiet = std::exchange(quiet_, true);
    while (!next().is_end()) {
        if (statement_.kind == Statement::Kind::close_brace && depth_ <= depth) break;
    }
    quiet_ = was_quiet;
}

void StatementReader::skip_block() {
    const std::uint32_t outside = depth_;
    if (open_block()) skip_until(outside);
}

void StatementReader::leave_block() {
    if (depth_ > 0) skip_until(depth_ - 1);
}

std::string StatementReader::directory() const {
    const auto& files = positions_.table().files;
    if (positions_.current().file >= files.size()) return "/";
    const std::string& path = files[positions_.current().file].path;
    const auto slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::vector<std::pair<Span, std::string>> StatementReader::chain() const {
    return expansion_chain(positions_.table(), positions_.current());
}

}  // namespace conf
