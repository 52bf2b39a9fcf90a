// Stands for libFuzzer where it is not linked: feeds every corpus file, and each of them cut short, with single bytes
// changed, and repeated. Always the same inputs.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void feed(const std::string& input) {
    // A copy of exact size: a read past its end is seen by the sanitizer.
    const std::string exact(input.data(), input.size());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(exact.data()), exact.size());
}

void feed_with_mutations(const std::string& input) {
    constexpr std::size_t kPositions = 512;
    feed(input);
    feed(input + input);
    for (std::size_t i = 0; i < std::min(input.size(), kPositions); ++i) {
        feed(input.substr(0, i));
        for (const char byte : {'\0', '\xff', '\n', '9'}) {
            std::string changed = input;
            changed[i] = byte;
            feed(changed);
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    int files = 0;
    feed("");
    for (int i = 1; i < count; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            feed_with_mutations({std::istreambuf_iterator<char>(file), {}});
            ++files;
        }
    }
    std::printf("%d corpus files\n", files);
    return files > 0 ? 0 : 1;
}
