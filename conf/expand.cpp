#include "conf/expand.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "conf/comments.hpp"
#include "conf/definition.hpp"
#include "conf/file_match.hpp"
#include "conf/include_check.hpp"
#include "conf/mapped_line.hpp"
#include "conf/repetition.hpp"
#include "conf/source.hpp"

namespace conf {

namespace {

/// What the line at hand is and where it came from.
struct Line {
    MappedLine text;
    std::uint32_t file = 0, number = 0;
    std::vector<Expansion> expansions;  ///< outermost first

    Span span(std::size_t at, std::size_t length) const {
        Span columns = text.columns(at, length);
        return {file, number, columns.column, columns.length};
    }
    Span whole() const { return span(0, text.text().size()); }
};

/// A source of lines. The one on top of the stack is read until it has no more (conf-language.md §13, step
/// 1).
struct Source {
    enum class Kind : std::uint8_t { files, definition, repetition };
    Kind kind;
    explicit Source(Kind k) : kind(k) {}
    virtual ~Source() = default;
};

/// The matches of one include, read one after another.
struct FilesSource : Source {
    FilesSource() : Source(Kind::files) {}
    SourceReader reader;
    bool is_open = false;
    std::uint32_t file = 0;          ///< index of the open one
    std::vector<std::string> names;  ///< as written
    std::size_t next = 0;
    std::string base_directory;  ///< of the file which holds the include
    std::string directory;       ///< of the open one
    Span included_from;
    IncludeChecks checks;         ///< which apply to opening these
    IncludeChecks checks_before;  ///< come back at the end
};

/// The second and further lines of a multi-line definition.
struct DefinitionSource : Source {
    DefinitionSource() : Source(Kind::definition) {}
    std::shared_ptr<const Definition> definition;
    std::size_t next = 1;
    Line origin;  ///< its text: only the columns of the reference matter
};

struct RepetitionSource : Source {
    RepetitionSource() : Source(Kind::repetition) {}
    Repetition repetition;
    Line origin;  ///< the text to be repeated
    std::uint32_t site = 0;
    std::vector<std::string> round;
};

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string real_directory(const std::string& path) {
    const std::string directory = path.substr(0, path.rfind('/'));
    if (directory.empty()) return "/";
    std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(directory.c_str(), nullptr), &std::free);
    return resolved ? std::string(resolved.get()) : directory;
}

std::string in_directory(const std::string& directory, const std::string& name) {
    if (!name.empty() && name[0] == '/') return name;
    return directory == "/" ? "/" + name : directory + "/" + name;
}

class Expander {
  public:
    Expander(const ExpandOptions& options, DiagnosticSink& sink) : options_(options), sink_(sink) {
        built_ins_.instance = options.config_id;
        if (options.all_config) checks_ = IncludeChecks::all();
        sink_.enrich = [this](Diagnostic& diagnostic) { add_chain(diagnostic); };
    }
    ~Expander() { sink_.enrich = nullptr; }
    Expander(const Expander&) = delete;
    Expander& operator=(const Expander&) = delete;

    ExpandedText run() {
        open_main_files();
        while (!stopped_ && next_line()) process_line();
        if (!stopped_) finish();
        if (stopped_) out_.text = {}, out_.positions.stream = {};
        out_.stopped = stopped_;
        return std::move(out_);
    }

  private:
    // ------------------------------------------------------------------------------------------ where lines
    // come from

    /// The next line from the innermost source into line_. False when all is read.
    bool next_line() {
        if (has_rest_) {
            has_rest_ = false;
            line_.text.take(rest_);
            return true;
        }
        while (!sources_.empty()) {
            if (++lines_ > kMaxLines) return stop("lines", kMaxLines);
            if (pull(*sources_.back())) return true;
            if (stopped_) return false;
            sources_.pop_back();
        }
        return false;
    }

    bool pull(Source& source) {
        switch (source.kind) {
            case Source::Kind::files:
                return pull_file(static_cast<FilesSource&>(source));
            case Source::Kind::definition:
                return pull_definition(static_cast<DefinitionSource&>(source));
            case Source::Kind::repetition:
                return pull_repetition(static_cast<RepetitionSource&>(source));
        }
        return false;
    }

    bool pull_definition(DefinitionSource& source) {
        if (source.next >= source.definition->lines.size()) return false;
        const auto& written = source.definition->lines[source.next++];
        const Span columns = source.origin.text.columns(0, 0);
        copy_origin(source.origin);
        line_.text.assign_fixed(written.text, columns.column, columns.length);
        if (written.site) line_.expansions.push_back({*written.site, {}});
        return true;
    }

    bool pull_repetition(RepetitionSource& source) {
        if (!source.repetition.next(source.round)) return false;
        std::string values;
        for (std::size_t index = 0; index < source.round.size(); ++index) {
            const auto& name = source.repetition.variables[index];
            definitions_.set(name, {{{source.round[index], std::nullopt}}});
            values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", name, source.round[index]);
        }
        copy_origin(source.origin);
        line_.text = source.origin.text;
        line_.expansions.push_back({source.site, std::move(values)});
        return true;
    }

    void copy_origin(const Line& origin) {
        line_.file = origin.file;
        line_.number = origin.number;
        line_.expansions = origin.expansions;
    }

    bool pull_file(FilesSource& source) {
        std::string_view bytes;
        for (;;) {
            if (!source.is_open && !open_next(source)) return false;
            const auto got = source.reader.next(bytes);
            if (got == SourceReader::Line::end) {
                source.is_open = false;
                continue;
            }
            line_.file = source.file;
            line_.number = source.reader.line_number();
            line_.expansions.clear();
            if (got == SourceReader::Line::too_long) {
                report(Class::general_error, {line_.file, line_.number, 0, 0}, "line too long - ignoring")
                    .expected = fmt::format("at most {} bytes", kMaxLineLength);
                bytes = {};
            } else if (bytes.find('\0') != std::string_view::npos) {
                report(Class::general_error, {line_.file, line_.number, 0, 0},
                       "configuration appears to have embedded NULs - ignoring line");
                bytes = {};
            }
            line_.text.assign(bytes, 1);
            if (!strip_comments(line_.text)) {
                report(Class::unmatched_quote, line_.whole(),
                       fmt::format("Unterminated quote '{}'", line_.text.text()))
                    .expected = "a closing \"";
            }
            return true;
        }
    }

    // ------------------------------------------------------------------------------------------ files

    void open_main_files() {
        auto source = std::make_unique<FilesSource>();
        source->base_directory = std::filesystem::current_path().string();
        source->checks = {.read = true, .match = true, .wildcard_match = true};
        const auto matches = match_files(options_.pattern, source->base_directory);
        if (matches.names.empty()) {
            report(Class::file_not_found, {},
                   matches.too_many ? fmt::format("Too many config files matched '{}'", options_.pattern)
                   : matches.has_wildcard ? fmt::format("No config files matched '{}'.", options_.pattern)
                                          : fmt::format("Config files missing '{}'.", options_.pattern));
        } else if (!matches.missing.empty()) {
            sink_.log(Class::file_not_found, {},
                      fmt::format("Some config files missing: \"{}\".", joined(matches.missing)));
        }
        if (matches.names.size() > 1) {
            report(Class::multiple_files, {},
                   fmt::format("WARNING, multiple configuration file matches of {}, starting with {}",
                               options_.pattern, matches.names[0]));
        }
        source->names = matches.names;
        source->checks_before = checks_;
        sources_.push_back(std::move(source));
    }

    /// Opens the next match that can be read. False when there is none left: the include is over.
    bool open_next(FilesSource& source) {
        while (source.next < source.names.size()) {
            if (files_opened_ >= kMaxFilesOpened) return stop("files", kMaxFilesOpened);
            const std::string& name = source.names[source.next++];
            const std::string path = in_directory(source.base_directory, name);
            source.reader = {};
            const std::string reason =
                file_depth() > kMaxIncludeDepth
                    ? fmt::format("open problem (includes nested deeper than {}) - skipping",
                                  kMaxIncludeDepth)
                    : source.reader.open(path);
            if (!reason.empty()) {
                complain(source.checks.read, source.included_from,
                         fmt::format("Configuration file '{}' {}", name, reason));
                continue;
            }
            ++files_opened_;
            source.file = static_cast<std::uint32_t>(out_.positions.files.size());
            out_.positions.files.push_back({name, path, source.included_from});
            const bool changes_directory = name.find('/') != std::string::npos;
            source.directory = changes_directory ? real_directory(path) : source.base_directory;
            source.is_open = true;
            return true;
        }
        checks_ = source.checks_before;
        return false;
    }

    std::size_t file_depth() const {
        std::size_t depth = 0;
        for (const auto& source : sources_) depth += source->kind == Source::Kind::files ? 1 : 0;
        return depth;
    }

    const FilesSource& innermost_file() const {
        for (auto source = sources_.rbegin(); source != sources_.rend(); ++source) {
            if ((*source)->kind == Source::Kind::files) return static_cast<const FilesSource&>(**source);
        }
        std::abort();  // the main file is below everything
    }

    /// A problem of an include: an error when it is checked, else only said.
    void complain(bool checked, Span where, std::string text) {
        if (where.line == 0) {  // the main file
            report(Class::file_not_found, where, std::move(text));
        } else if (checked) {
            report(Class::file_not_found, where, std::move(text)).include_check = true;
        } else {
            sink_.log(Class::file_not_found, where, std::move(text));
        }
    }

    void include(const IncludeLine& line) {
        const std::string pattern = line_.text.text().substr(line.pattern_at);
        const Span where = line_.span(line.pattern_at, pattern.size());
        const IncludeChecks checks = line.checks | checks_;
        const auto& includer = innermost_file();
        const auto matches = match_files(pattern, includer.directory);
        if (matches.too_many) {
            complain(true, where, fmt::format("Too many config files matched '{}'", pattern));
            return;
        }
        const bool has_braces = matches.alternatives > 1;
        if (matches.names.empty() && !matches.missing.empty()) {
            const bool checked = has_braces ? checks.brace_match : checks.match;
            complain(checked, where, fmt::format("Config files missing '{}'.", pattern));
            return;
        }
        if (matches.names.empty()) {
            if (checks.wildcard_match)
                complain(true, where, fmt::format("No config files matched '{}'.", pattern));
            return;
        }
        if (!matches.missing.empty()) {
            complain(checks.brace_match, where,
                     fmt::format("Some config files missing: \"{}\".", joined(matches.missing)));
            if (checks.brace_match) return;
        }
        auto source = std::make_unique<FilesSource>();
        source->names = matches.names;
        source->base_directory = includer.directory;
        source->included_from = where;
        source->checks = checks;
        source->checks_before = checks_;
        sources_.push_back(std::move(source));
    }

    // ------------------------------------------------------------------------------------------ what a line
    // means

    void process_line() {
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
        if (!has_room()) return true;
        auto source = std::make_unique<RepetitionSource>();
        source->site = add_site(repetition->head, line_.span(0, repetition->head.size()));
        line_.text.cut_front(repetition->length);
        source->origin = line_;
        source->repetition = std::move(*repetition);
        sources_.push_back(std::move(source));
        return true;
    }

    bool has_room() {
        if (sources_.size() - file_depth() < kMaxNestedExpansions) return true;
        return stop("nested repetitions and definitions", kMaxNestedExpansions);
    }

    std::optional<std::string> substitute_arguments(std::string_view text) {
        MappedLine arguments;
        arguments.assign(text, 1);
        built_ins_.directory = innermost_file().directory;
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
        built_ins_.directory = innermost_file().directory;
        auto result = substitute(line_.text, definitions_, built_ins_);
        report_substitution(result);
        if (stopped_) return false;
        if (!result.changed) return true;
        for (const auto& multi_line : result.multi_lines) {
            if (!has_room()) return false;
            auto source = std::make_unique<DefinitionSource>();
            source->definition = multi_line.definition;
            source->origin.file = line_.file;
            source->origin.number = line_.number;
            source->origin.expansions = line_.expansions;
            source->origin.text.assign_fixed({}, multi_line.reference.column, multi_line.reference.length);
            sources_.push_back(std::move(source));
        }
        for (const auto site : result.sites) line_.expansions.push_back({site, {}});
        strip_comments(line_.text);
        if (line_.text.empty()) return false;
        return !repeat();
    }

    // ------------------------------------------------------------------------------------------ logical
    // lines

    void split_at_brace() {
        const std::string& text = line_.text.text();
        bool in_quotes = false;
        std::size_t at = text.find_first_of("\"{}");
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
        const std::string& text = line_.text.text();
        count_braces(text);
        follow_global_defs(text);
        if (out_.text.size() + size >= kMaxExpandedBytes) {
            stop("bytes of expanded text", kMaxExpandedBytes);
            return;
        }
        out_.text += text;
        out_.text += '\n';
        position_.file = line_.file;
        position_.line = line_.number;
        position_.pieces = line_.text.pieces();
        position_.expansions = line_.expansions;
        out_.positions.add(position_);
    }

    void count_braces(const std::string& text) {
        if (text == "{") {
            open_braces_.push_back(line_.whole());
        } else if (text == "}") {
            if (!open_braces_.empty()) {
                open_braces_.pop_back();
            } else {
                report(Class::unexpected_close_brace, line_.whole(), "Extra '}' found");
            }
        }
    }

    /// Two keywords of global_defs change how the rest is read: random_seed and include_check.
    void follow_global_defs(const std::string& text) {
        if (text == "{") {
            in_global_defs_ |= open_braces_.size() == 1 && last_was_global_defs_;
        } else if (text == "}") {
            in_global_defs_ &= !open_braces_.empty();
        } else if (in_global_defs_ && open_braces_.size() == 1) {
            if (text.starts_with("include_check")) follow_include_check(text);
            if (text.starts_with("random_seed")) follow_random_seed(text);
        } else {
            last_was_global_defs_ = open_braces_.empty() && text == "global_defs";
        }
    }

    std::vector<CheckWord> words_after_keyword(std::string_view text, std::string_view keyword) const {
        std::vector<CheckWord> words;
        for (std::size_t at = keyword.size(); at < text.size();) {
            const std::size_t begin = text.find_first_not_of(" \t\r\f\v", at);
            if (begin == std::string_view::npos) break;
            at = std::min(text.find_first_of(" \t\r\f\v", begin), text.size());
            words.push_back({text.substr(begin, at - begin), line_.span(begin, at - begin)});
        }
        return words;
    }

    void follow_include_check(std::string_view text) {
        constexpr std::string_view kKeyword = "include_check";
        if (text.size() > kKeyword.size() && !is_blank_or_tab(text[kKeyword.size()])) return;
        checks_ = apply_include_check(checks_, words_after_keyword(text, kKeyword), sink_);
        if (options_.all_config) checks_ = IncludeChecks::all();
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

    // ------------------------------------------------------------------------------------------ problems

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
        if (diagnostic.where.line == 0) return;
        LinePosition position;
        position.file = diagnostic.where.file;
        const bool is_current = diagnostic.where.file == line_.file && diagnostic.where.line == line_.number;
        if (is_current) position.expansions = line_.expansions;
        diagnostic.related = expansion_chain(out_.positions, position);
    }

    void finish() {
        if (collecting_) finish_definition();
        out_.main_file_missing = files_opened_ == 0;
        if (open_braces_.empty()) return;
        auto& diagnostic =
            report(Class::missing_close_brace, {},
                   fmt::format("There are {} missing '}}'s or extra '{{'s", open_braces_.size()));
        diagnostic.related.emplace_back(open_braces_.back(), "this '{' is not closed");
    }

    const ExpandOptions& options_;
    DiagnosticSink& sink_;
    ExpandedText out_;
    Definitions definitions_;
    BuiltIns built_ins_;
    IncludeChecks checks_;  ///< include_check at this point

    std::vector<std::unique_ptr<Source>> sources_;
    Line line_;
    MappedLine rest_;  ///< what follows a brace; its place is line_'s
    bool has_rest_ = false;

    bool collecting_ = false;
    std::string defined_name_, site_name_;
    Definition collected_;

    std::map<std::array<std::uint32_t, 3>, std::uint32_t>
        sites_;  ///< a place repeated a million times is one site
    std::vector<Span> open_braces_;
    bool last_was_global_defs_ = false, in_global_defs_ = false;
    LinePosition position_;
    std::uint64_t lines_ = 0;
    std::size_t files_opened_ = 0;
    bool stopped_ = false;
};

}  // namespace

ExpandedText expand(const ExpandOptions& options, DiagnosticSink& sink) {
    return Expander(options, sink).run();
}

}  // namespace conf
