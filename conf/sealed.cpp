// Codec of a sealed generation. Written and read by programs of one build (a build id goes first over the control
// channel), so the numbers are in host order; every length is checked all the same.
#include "conf/sealed.hpp"

#include <cstring>

#include "conf/fact_text.hpp"

namespace conf {

namespace {

constexpr std::string_view kMagic = "keepalived generation 1\n";

class Writer {
  public:
    explicit Writer(const std::function<void(std::string_view)>& write) : write_(write) {}
    ~Writer() { write_(bytes_); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void number(std::uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
    void text(std::string_view value) {
        constexpr std::size_t kLarge = std::size_t{16} * 1024;
        number(value.size());
        if (value.size() < kLarge) {
            bytes_ += value;
            return;
        }
        write_(bytes_);
        write_(value);
        bytes_.clear();
    }
    void span(const Span& value) {
        for (const auto part : {value.file, value.line, value.column, value.length}) number(part);
    }

  private:
    const std::function<void(std::string_view)>& write_;
    std::string bytes_{kMagic};
};

/// After the first thing missing everything reads as 0 or "".
class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) { good_ = take(kMagic.size()) == kMagic; }
    bool good() const { return good_; }
    std::uint64_t number() {
        std::uint64_t value = 0;
        const auto bytes = take(sizeof value);
        if (good_) std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    std::string text() { return std::string(view()); }
    std::string_view view() { return take(number()); }
    /// How many items follow, each of at least one number.
    std::uint64_t count() {
        const auto value = number();
        if (value > bytes_.size() / sizeof value) good_ = false;
        return good_ ? value : 0;
    }
    Span span() {
        Span value;
        for (auto* part : {&value.file, &value.line, &value.column, &value.length}) {
            *part = static_cast<std::uint32_t>(number());
        }
        return value;
    }

  private:
    std::string_view take(std::uint64_t size) {
        if (!good_ || size > bytes_.size()) {
            good_ = false;
            return {};
        }
        const auto taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }

    std::string_view bytes_;
    bool good_ = true;
};

/// The values of a repetition may be secrets: positions without expansions.
PositionTable without_expansions(const PositionTable& table) {
    if (table.sites.empty()) return table;
    PositionTable plain;
    plain.files = table.files;
    PositionReader reader(table);
    for (reader.next(); reader.current().line != 0; reader.next()) {
        const auto& position = reader.current();
        plain.add(position.file, position.line, position.pieces, {});
    }
    return plain;
}

void write_positions(Writer& writer, const PositionTable& positions) {
    writer.number(positions.files.size());
    for (const auto& file : positions.files) {
        writer.text(file.name);
        writer.text(file.path);
        writer.span(file.included_from);
    }
    writer.number(positions.sites.size());
    for (const auto& site : positions.sites) {
        writer.text(site.what);
        writer.span(site.where);
    }
    writer.text(positions.bytes());
}

PositionTable read_positions(Reader& reader) {
    PositionTable positions;
    for (auto count = reader.count(); count > 0 && reader.good(); --count) {
        SourceFile file;
        file.name = reader.text();
        file.path = reader.text();
        file.included_from = reader.span();
        positions.files.push_back(std::move(file));
    }
    for (auto count = reader.count(); count > 0 && reader.good(); --count) {
        ExpansionSite site;
        site.what = reader.text();
        site.where = reader.span();
        positions.sites.push_back(std::move(site));
    }
    positions.borrowed = reader.view();
    return positions;
}

}  // namespace

void encode_sealed(const Generation& generation, bool redact,
                   const std::function<void(std::string_view)>& write) {
    const auto& sealed = *generation.sealed;
    Writer writer(write);
    writer.number(generation.number);
    writer.number(generation.model_hash);
    writer.number(generation.lvs_hash);
    writer.number(redact ? 1 : 0);
    writer.number(sealed.context.config_test ? 1 : 0);
    writer.number(sealed.context.is_reload ? 1 : 0);
    writer.text(sealed.context.net_namespace);
    // Not by `?:`, which would copy the text in either case.
    if (redact) {
        writer.text(redacted_text(sealed.text));
        write_positions(writer, without_expansions(sealed.positions));
    } else {
        writer.text(sealed.text);
        write_positions(writer, sealed.positions);
    }
    writer.number(sealed.facts.size());
    for (const auto& [question, answer] : sealed.facts) {
        writer.text(question);
        const bool secret = redact && FactFields(question).text(0) == kSecretQuestion;
        writer.text(secret ? "********" : answer);
    }
}

Result<DecodedSealed> decode_sealed(std::string_view bytes) {
    Reader reader(bytes);
    DecodedSealed decoded;
    decoded.number = static_cast<std::uint32_t>(reader.number());
    decoded.model_hash = reader.number();
    decoded.lvs_hash = reader.number();
    decoded.redacted = reader.number() != 0;
    decoded.sealed.context.config_test = reader.number() != 0;
    decoded.sealed.context.is_reload = reader.number() != 0;
    decoded.sealed.context.net_namespace = reader.text();
    decoded.text = reader.view();
    decoded.sealed.positions = read_positions(reader);
    for (auto count = reader.count(); count > 0 && reader.good(); --count) {
        auto question = reader.text();
        decoded.sealed.facts.emplace(std::move(question), reader.text());
    }
    if (!reader.good()) return Error{0, "read the sealed configuration", "", "damaged or of another build"};
    return decoded;
}

}  // namespace conf
