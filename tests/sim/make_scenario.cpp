// What a seed makes: boxes, their files, and the rough weather they meet.
#include <algorithm>

#include "scenario.hpp"

namespace sim {

namespace {

constexpr Time kRough = 20 * kSecond;

struct Family {
    bool v3 = false;
    Microseconds interval{1'000'000};
    bool equal_priorities = false;
    bool nopreempt = false;
    bool grouped = false;
    bool ah = false;
    bool has_owner = false;
    std::size_t boxes = 2;
};

Family draw_family(Random& random) {
    Family family;
    family.boxes = static_cast<std::size_t>(random.between(2, 4));
    family.v3 = random.chance(50);
    if (family.v3) family.interval = Milliseconds{10 * random.between(3, 100)};
    family.grouped = random.chance(30);
    family.equal_priorities = random.chance(25);
    family.nopreempt = random.chance(20);
    family.ah = !family.v3 && random.chance(30);
    family.has_owner = !family.grouped && !family.equal_priorities && random.chance(15);
    return family;
}

RouterConfig draw_config(Random& random, const Family& family, std::size_t box) {
    RouterConfig config;
    const std::size_t instances = family.grouped ? 2 : 1;
    const auto priority =
        static_cast<std::uint8_t>(family.equal_priorities ? 100 : 50 + 40 * box + random.below(30));
    for (std::size_t i = 0; i < instances; ++i) {
        VirtualRouterConfig instance;
        instance.name = fmt::format("V{}", i + 1);
        instance.version = family.v3 ? 3 : 2;
        instance.vrid = static_cast<std::uint8_t>(51 + i);
        instance.priority = priority;
        instance.advert_interval = family.interval;
        instance.nopreempt = family.nopreempt;
        if (family.ah) {
            instance.auth_type = AuthType::ah;
            instance.auth_pass = {'s', '3', 'c', 'r', '3', 't'};
        }
        if (family.has_owner && box + 1 == family.boxes) instance.priority = 255;
        instance.interface_key = static_cast<std::uint32_t>(i);
        instance.group = net::IpAddress::v4(0xe0000012);
        instance.advertised = {net::IpAddress::v4(static_cast<std::uint32_t>(0x0a0000c8 + i))};
        if (family.grouped) instance.group_index = 0;
        config.instances.push_back(instance);
    }
    if (family.grouped) config.groups.push_back({"G", {0, 1}});
    const std::int32_t weight = random.chance(50) ? 0 : -45;
    config.trackers.push_back({"check", TrackerKind::script, {{0, weight, false}}});
    return config;
}

Step draw_step(Random& random, const Scenario& scenario) {
    Step step;
    step.at = random.between(0, kRough / kMillisecond) * kMillisecond;
    step.what = static_cast<Happening>(random.below(12));
    step.box =
        static_cast<std::size_t>(random.below(static_cast<std::int64_t>(scenario.setting.configs.size())));
    step.segment = static_cast<InstanceIndex>(
        random.below(static_cast<std::int64_t>(scenario.setting.configs[0].instances.size())));
    if (step.what == Happening::child_crash)
        step.amount = random.chance(70) ? random.between(2, 40) : random.between(100, 6000);
    if (step.what == Happening::weather) step.amount = random.chance(30) ? 0 : random.between(1, 40);
    if (step.what == Happening::reload_with_priority)
        step.amount = scenario.setting.configs[step.box].instances[0].priority + random.between(-20, 20);
    return step;
}

}  // namespace

Scenario make_scenario(std::uint64_t seed) {
    Random random(seed);
    Scenario scenario;
    scenario.seed = seed;
    const Family family = draw_family(random);
    for (std::size_t box = 0; box < family.boxes; ++box) {
        scenario.setting.configs.push_back(draw_config(random, family, box));
        scenario.setting.drifts_ppm.push_back(random.between(-500, 500));
    }
    scenario.setting.crossed = random.chance(50);
    if (random.chance(30)) scenario.setting.duplicates = random.between(1, 60);
    for (std::int64_t steps = random.between(4, 25); steps > 0; --steps)
        scenario.rough.push_back(draw_step(random, scenario));
    std::ranges::sort(scenario.rough, {}, &Step::at);
    scenario.quiet_from = kRough + kSecond;
    return scenario;
}

}  // namespace sim
