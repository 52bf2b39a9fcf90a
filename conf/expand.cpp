#include "conf/expand.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <vector>

#include "conf/comments.hpp"
#include "conf/definition.hpp"
#include "conf/file_match.hpp"
#include "conf/include_check.hpp"
#include "conf/lost_brace.hpp"
#include "conf/mapped_line.hpp"
#include "conf/open_blocks.hpp"
#include "conf/repetition.hpp"
#include "conf/source_stack.hpp"

namespace conf {

namespace {

class Expander {
  public:
    Expander(const ExpandOptions& options, DiagnosticSink& sink)
        : options_(options),
          sink_(sink),
          sources_(out_.positions, definitions_, sink,
                   [this](std::string_view what, std::uint64_t limit) { return stop(what, limit); }) {
        built_ins_.instance = options.config_id;
        if (options.all_config) sources_.checks = IncludeChecks::all();
        sink_.enrich = [this](Diagnostic& diagnostic) { add_chain(diagnostic); };
    }
    ~Expander() { sink_.enrich = nullptr; }
    Expander(const Expander&) = delete;
    Expander& operator=(const Expander&) = delete;

    ExpandedText run() {
        expect_length();
        open_main_files();
        while (!stopped_ && next_line()) process_line();
        if (!stopped_) finish();
        if (follows_ && written_ < options_.expected.size()) leave_expected();
        out_.is_as_expected = follows_ && !stopped_;
        if (stopped_) out_.text = {}, out_.positions.stream = {};
        out_.stopped = stopped_;
        return std::move(out_);
    }

  private:
    /// Most files are one file which hardly grows: its text is put where it fits, and is not moved as it gets longer.
    void expect_length() {
        follows_ = !options_.expected.empty();
        out_.positions.stream.reserve(options_.expected_positions);
        struct stat state {};
        if (follows_) return;
        if (::stat(options_.pattern.c_str(), &state) != 0 || !S_ISREG(state.st_mode)) return;
        out_.text.reserve(std::min(static_cast<std::size_t>(state.st_size), kMaxExpandedBytes));
    }

    /// A line of the expanded text.
    void write(std::string_view line) {
        if (follows_ && !continues_expected(line)) leave_expected();
        written_ += line.size() + 1;
        if (follows_) return;
        out_.text += line;
        out_.text += '\n';
    }
    bool continues_expected(std::string_view line) const {
        const std::string_view rest = options_.expected.substr(written_);
        return rest.size() > line.size() && rest[line.size()] == '\n' && rest.starts_with(line);
    }
    void leave_expected() {
        follows_ = false;
        out_.text.reserve(options_.expected.size());
        out_.text = options_.expected.substr(0, written_);
    }

    /// What is left behind a brace, else the next line of the innermost source.
    bool next_line() {
        if (!has_rest_) {
            substitutions_ = 0;
            sources_.may_be_ready = !collecting_ && !blocks_.in_global_defs();
            return sources_.next(line_);
        }
        has_rest_ = false;
        line_.is_plain = line_.is_ready = false;
        line_.text.take(rest_);
        return true;
    }

    // ---- files

    void open_main_files() {
        const std::string directory = std::filesystem::current_path().string();
        const auto matches = match_files(options_.pattern, directory);
        if (matches.names.empty()) {
            report(Class::file_not_found, {}, nothing_found(matches));
        } else if (!matches.missing.empty()) {
            sink_.log(Class::file_not_found, {}, some_missing(matches));
        }
        if (matches.names.size() > 1) {
            report(Class::multiple_files, {},
                   fmt::format("WARNING, multiple configuration file matches of {}, starting with {}",
                               options_.pattern, matches.names[0]));
        }
        const IncludeChecks main_checks{.read = true, .match = true, .wildcard_match = true};
        sources_.push_files(matches, {}, main_checks, directory);
    }

    std::string nothing_found(const FileMatches& matches) const {
        if (matches.too_many) return fmt::format("Too many config files matched '{}'", options_.pattern);
        if (matches.has_wildcard) return fmt::format("No config files matched '{}'.", options_.pattern);
        return fmt::format("Config files missing '{}'.", options_.pattern);
    }

    void include(const IncludeLine& line) {
        const std::string pattern = line_.text.text().substr(line.pattern_at);
        const Span where = line_.span(line.pattern_at, pattern.size());
        const IncludeChecks checks = line.checks | sources_.checks;
        const auto matches = match_files(pattern, sources_.directory());
        if (matches.too_many) {
            return sources_.complain(true, where, fmt::format("Too many config files matched '{}'", pattern));
        }
        if (matches.names.empty() && !matches.missing.empty()) {
            const bool has_braces = matches.alternatives > 1;
            return sources_.complain(has_braces ? checks.brace_match : checks.match, where,
                                     fmt::format("Config files missing '{}'.", pattern));
        }
        if (matches.names.empty()) {
            const bool counts = checks.wildcard_match;
            if (!has_directory(pattern, sources_.directory()))
                return sources_.complain(counts, where, fmt::format("Config files missing '{}'.", pattern));
            if (!counts) return;
            return sources_.complain(true, where, fmt::format("No config files matched '{}'.", pattern));
        }
        if (!matches.missing.empty()) {
            sources_.complain(checks.brace_match, where, some_missing(matches));
            if (checks.brace_match) return;
        }
        sources_.push_files(matches, where, checks, sources_.directory());
    }

    // ---- what a line means

    void process_line() {
        if (line_.is_ready) return emit_worked_on();
        // In global_defs two keywords steer the reading itself.
        if (line_.is_plain && sources_.may_be_ready) return emit_plain();
        line_.work_on();
        if (collecting_) return collect();
        if (line_.text.empty() || !keep_by_condition() || define() || repeat()) return;
        const bool is_text = line_.text.text()[0] == '~';
        if (!is_text && line_.text.text().find('$') != std::string::npos) {
            if (!substitute_line()) return;
        }
        if (line_.text.empty()) return;
        if (const auto found = parse_include(line_.text.text())) return include(*found);
        split_at_brace();
    }

    /// @id and @^id. False: the line is dropped.
    bool keep_by_condition() {
        const std::string& text = line_.text.text();
        if (text[0] != '@') return true;
        const bool negated = text.size() > 1 && text[1] == '^';
        const std::size_t begin = negated ? 2 : 1;
        const std::size_t end = text.find_first_of(" \t", begin);
        if (end == std::string::npos) return false;
        const bool is_ours = std::string_view(text).substr(begin, end - begin) == options_.config_id;
        if (is_ours == negated) return false;
        cut_front_and_blanks(end);
        return !line_.text.empty();
    }

    void cut_front_and_blanks(std::size_t at) {
        const std::string& text = line_.text.text();
        while (at < text.size() && is_blank_or_tab(text[at])) ++at;
        line_.text.cut_front(at);
    }

    bool define() {
        const std::size_t head = definition_head(line_.text.text());
        if (head == 0) return false;
        defined_name_ = line_.text.text().substr(1, head - 2);
        site_name_ = "$" + defined_name_;
        collecting_ = true;
        collected_ = {};
        cut_front_and_blanks(head);
        collect(true);
        return true;
    }

    /// Takes the line into the definition; it ends with a line that is not continued.
    void collect(bool first = false) {
        std::string text = line_.text.text();
        const bool continued = ends_in_continuation(text);
        if (continued) {
            text.pop_back();
            while (!text.empty() && is_blank_or_tab(text.back())) text.pop_back();
        }
        if (!text.empty() || (first && !continued)) {
            collected_.lines.push_back({std::move(text), add_site(site_name_, line_.whole())});
        }
        if (!continued) finish_definition();
    }

    void finish_definition() {
        collecting_ = false;
        if (collected_.lines.empty()) collected_.lines.push_back({{}, std::nullopt});
        definitions_.set(defined_name_, std::move(collected_));
    }

    std::uint32_t add_site(std::string what, Span where) {
        const auto next = static_cast<std::uint32_t>(out_.positions.sites.size());
        const auto [found, is_new] = sites_.try_emplace({where.file, where.line, where.column}, next);
        if (is_new) out_.positions.sites.push_back({std::move(what), where});
        return found->second;
    }

    bool repeat() {
        if (line_.text.text()[0] != '~') return false;
        const auto arguments = [this](std::string_view text) { return substitute_arguments(text); };
        auto repetition = parse_repetition(line_.text.text(), arguments);
        if (!repetition) return false;
        if (!repetition->error.empty()) {
            report(Class::general_error, line_.whole(), std::move(repetition->error)).hint = repetition->hint;
            return true;
        }
        if (line_.text.text().size() == repetition->length) return true;  // nothing to repeat
        if (!sources_.has_room()) return true;
        const auto site = add_site(repetition->head, line_.span(0, repetition->head.size()));
        line_.text.cut_front(repetition->length);
        sources_.push_repetition(std::move(*repetition), site, line_);
        return true;
    }

    std::optional<std::string> substitute_arguments(std::string_view text) {
        MappedLine arguments;
        arguments.assign(text, 1);
        built_ins_.directory = sources_.directory();
        const auto result = substitute(arguments, definitions_, built_ins_);
        report_substitution(result);
        if (!result.multi_lines.empty()) return std::nullopt;
        return arguments.text();
    }

    void report_substitution(const Substitution& result) {
        for (const auto& [columns, text] : result.errors) {
            report(Class::general_error, {line_.file, line_.number, columns.column, columns.length}, text);
        }
        for (const auto& [columns, text] : result.log_only) {
            sink_.log(Class::general_error, {line_.file, line_.number, columns.column, columns.length}, text);
        }
        if (result.out_of_bounds) stop("substitutions in one line", kMaxSubstitutions);
    }

    /// References, then comments again. False: nothing is left of the line, or it became a repetition.
    bool substitute_line() {
        built_ins_.directory = sources_.directory();
        auto result = substitute(line_.text, definitions_, built_ins_, substitutions_);
        substitutions_ += result.count;
        report_substitution(result);
        if (stopped_) return false;
        if (!result.changed) return true;
        for (const auto& multi_line : result.multi_lines) {
            if (!sources_.has_room()) return false;
            Line origin;
            origin.stand_where(line_);
            origin.text.assign_fixed({}, multi_line.reference.column, multi_line.reference.length);
            sources_.push_definition(multi_line.definition, std::move(origin));
        }
        for (const auto site : result.sites) line_.expansions.push_back({site, {}});
        strip_comments(line_.text);
        if (line_.text.empty()) return false;
        return !repeat();
    }

    // ---- logical lines

    void emit_plain() {
        const auto& plain = line_.plain;
        if (!plain.text.empty() && !emit(plain.text, plain.column)) return;
        if (plain.opens_block) emit("{", plain.brace_column);
    }

    /// Bytes which stand in the file as they are.
    bool emit(std::string_view text, std::uint32_t column) {
        const auto where = [&] {
            return Span{line_.file, line_.number, column, static_cast<std::uint32_t>(text.size())};
        };
        if (!take_statement(text, where)) return false;
        out_.positions.add_as_written(line_.file, line_.number, column);
        return true;
    }

    void emit_worked_on() {
        if (!take_statement(line_.text.text(), [&] { return line_.whole(); })) return;
        out_.positions.add(line_.file, line_.number, line_.text.pieces(), line_.expansions);
    }

    void split_at_brace() {
        const std::string& text = line_.text.text();
        bool in_quotes = false;
        std::size_t at = first_of<'"', '{', '}'>(text);
        for (; at < text.size(); ++at) {
            if (text[at] == '"') in_quotes = !in_quotes;
            if (!in_quotes && (text[at] == '{' || text[at] == '}')) break;
        }
        if (at >= text.size()) return emit();
        const std::size_t cut = at == 0 ? 1 : at;
        line_.text.split_off(cut, rest_);
        std::size_t blanks = 0;
        while (blanks < rest_.text().size() && is_blank_or_tab(rest_.text()[blanks])) ++blanks;
        rest_.cut_front(blanks);
        has_rest_ = !rest_.empty();
        emit();
    }

    void emit() {
        std::size_t size = line_.text.text().size();
        while (size > 0 && is_blank_or_tab(line_.text.text()[size - 1])) --size;
        if (size == 0) return;
        line_.text.cut_back(size);
        emit_worked_on();
    }

    /// Into the expanded text, unless a limit is hit.
    template <typename Where>
    bool take_statement(std::string_view text, const Where& where) {
        if (!blocks_.take(text, where)) report(Class::unexpected_close_brace, where(), "Extra '}' found");
        follow_global_defs(text);
        if (++lines_ > kMaxLines) return stop("lines", kMaxLines);
        if (written_ + text.size() >= kMaxExpandedBytes)
            return stop("bytes of expanded text", kMaxExpandedBytes);
        write(text);
        return true;
    }

    /// Two keywords of global_defs change how the rest is read: random_seed and include_check.
    void follow_global_defs(std::string_view text) {
        if (!blocks_.stands_in_global_defs() || text == "{" || text == "}") return;
        if (text.starts_with("include_check")) follow_include_check(text);
        if (text.starts_with("random_seed")) follow_random_seed(text);
    }

    std::vector<CheckWord> words_after_keyword(std::string_view text, std::string_view keyword) const {
        return words_behind(text, keyword.size(),
                            [this](std::size_t at, std::size_t size) { return line_.span(at, size); });
    }

    void follow_include_check(std::string_view text) {
        constexpr std::string_view kKeyword = "include_check";
        if (text.size() > kKeyword.size() && !is_blank_or_tab(text[kKeyword.size()])) return;
        sources_.checks = apply_include_check(sources_.checks, words_after_keyword(text, kKeyword), sink_);
        if (options_.all_config) sources_.checks = IncludeChecks::all();
    }

    void follow_random_seed(std::string_view text) {
        constexpr std::string_view kKeyword = "random_seed";
        if (text.size() <= kKeyword.size() || !is_blank_or_tab(text[kKeyword.size()])) return;
        const auto words = words_after_keyword(text, kKeyword);
        char* end = nullptr;
        const std::string word(words.empty() ? std::string_view{} : words[0].text);
        const auto seed = std::strtoul(word.c_str(), &end, 10);
        if (!word.empty() && *end == '\0') built_ins_.random.seed(static_cast<std::uint32_t>(seed));
    }

    // ---- problems

    Diagnostic& report(Class severity, Span where, std::string text) {
        return sink_.report(severity, where, std::move(text));
    }

    /// A limit with a name was hit: nothing of the configuration is used.
    bool stop(std::string_view what, std::uint64_t limit) {
        if (stopped_) return false;
        stopped_ = true;
        auto& diagnostic = report(Class::general_error, {line_.file, line_.number, 0, 0},
                                  fmt::format("Configuration has more than {} {} - giving up", limit, what));
        diagnostic.hint = "a definition, a repetition or an include that leads to itself?";
        diagnostic.refuses_reload = true;
        return false;
    }

    void add_chain(Diagnostic& diagnostic) const {
        if (diagnostic.where.line == 0 || !sink_.has_room()) return;
        LinePosition position;
        position.file = diagnostic.where.file;
        const bool is_current = diagnostic.where.file == line_.file && diagnostic.where.line == line_.number;
        if (is_current) position.expansions = line_.expansions;
        diagnostic.related = expansion_chain(out_.positions, position);
    }

    void finish() {
        if (collecting_) finish_definition();
        out_.main_file_missing = sources_.files_opened() == 0;
        if (blocks_.depth() == 0) return;
        auto& diagnostic = report(Class::missing_close_brace, {},
                                  fmt::format("There are {} missing '}}'s or extra '{{'s", blocks_.depth()));
        diagnostic.related.emplace_back(blocks_.innermost(), "this '{' is not closed");
        const auto file = blocks_.innermost().file;
        if (const auto lost = find_lost_brace(out_.positions.files[file].path))
            diagnostic.related.emplace_back(Span{file, lost->opened, 0, 0}, lost->text());
    }

    const ExpandOptions& options_;
    DiagnosticSink& sink_;
    std::size_t written_ = 0;  // bytes of the expanded text so far
    bool follows_ = false;     // all of them are those that were expected
    ExpandedText out_;
    Definitions definitions_;
    BuiltIns built_ins_;
    SourceStack sources_;
    Line line_;
    MappedLine rest_;  ///< what follows a brace; its place is line_'s
    bool has_rest_ = false;
    std::size_t substitutions_ = 0;  ///< in the line that was read, all its rests included
    std::uint64_t lines_ = 0;        ///< emitted

    bool collecting_ = false;
    std::string defined_name_, site_name_;
    Definition collected_;

    std::map<std::array<std::uint32_t, 3>, std::uint32_t>
        sites_;  ///< a place repeated a million times is one site
    OpenBlocks blocks_;
    bool stopped_ = false;
};

}  // namespace

ExpandedText expand(const ExpandOptions& options, DiagnosticSink& sink) {
    return Expander(options, sink).run();
}

}  // namespace conf
