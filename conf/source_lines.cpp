#include "conf/source_lines.hpp"

#include <map>

#include "conf/source.hpp"

namespace conf {

void add_source_lines(Diagnostics& diagnostics, const std::vector<SourceFile>& files) {
    std::map<std::string, std::multimap<std::uint32_t, Diagnostic*>> wanted;
    for (auto& diagnostic : diagnostics.list) {
        const bool has_place = diagnostic.where.line != 0 && diagnostic.where.file < files.size();
        if (has_place) wanted[files[diagnostic.where.file].path].emplace(diagnostic.where.line, &diagnostic);
    }
    for (auto& [path, lines] : wanted) {
        SourceReader reader;
        if (!reader.open(path).empty()) continue;
        std::string_view text;
        for (auto next = lines.begin(); next != lines.end();) {
            const auto got = reader.next(text);
            if (got == SourceReader::Line::end) break;
            for (; next != lines.end() && next->first == reader.line_number(); ++next) {
                if (got == SourceReader::Line::text) next->second->source_line = text;
            }
        }
    }
}

}  // namespace conf
