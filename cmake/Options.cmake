# Warnings, sanitizers, precompiled headers: one interface target each, linked by every target of ours.

add_library(keepalived_options INTERFACE)
target_include_directories(keepalived_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(keepalived_options INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror -fno-semantic-interposition
    -Wno-missing-field-initializers)  # designated initializers leave out what keeps its default
target_compile_definitions(keepalived_options INTERFACE _GNU_SOURCE BOOST_ASIO_NO_DEPRECATED
    KEEPALIVED_VERSION="${PROJECT_VERSION}")
if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # g++ 12 reports paths through the standard library that cannot happen.
    target_compile_options(keepalived_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-maybe-uninitialized
        -Wno-array-bounds -Wno-mismatched-new-delete)
    if(KEEPALIVED_UNITY)
        # What is in an unnamed namespace of a source looks to it as if it came from a header then.
        target_compile_options(keepalived_options INTERFACE -Wno-subobject-linkage)
    endif()
else()
    # g++'s -Wconversion does not have it in C++; one set of warnings for both.
    target_compile_options(keepalived_options INTERFACE -Wno-sign-conversion)
endif()

if(KEEPALIVED_SANITIZE)
    # Compiled oftener than run, so not optimised, but for what the simulator and the fuzzer spend their time in.
    target_compile_options(keepalived_options INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1
        $<IF:$<BOOL:$<TARGET_PROPERTY:KEEPALIVED_HOT>>,-O1,-O0>)
    target_link_options(keepalived_options INTERFACE -fsanitize=address,undefined)
endif()
if(KEEPALIVED_FUZZ)
    target_compile_options(keepalived_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # Bound at the start: the first take-over looks no symbol up, and the tables for it need not stay in memory.
    # Relocations packed: less to read, page by page, before anything of a process runs.
    target_link_options(keepalived_options INTERFACE -Wl,-z,pack-relative-relocs)
    target_link_options(keepalived_options INTERFACE -Wl,-O1 -Wl,--as-needed -Wl,--gc-sections -Wl,-z,relro,-z,now)
    target_compile_options(keepalived_options INTERFACE -ffunction-sections -fdata-sections)
    # The parts of C++'s libraries that are used, instead of all of libstdc++.so: half of the symbols that are looked up at
    # each start of each process are its own, and so is a megabyte of what each has resident.
    target_link_options(keepalived_options INTERFACE -static-libstdc++ -static-libgcc)
endif()

# keepalived_library(NAME LINKS…): one static library a folder, its sources are the folder's *.cpp. Named NAME, linked as NAME.
function(keepalived_library name)
    cmake_parse_arguments(arg "" "" "EXCLUDE;LINKS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    foreach(excluded ${arg_EXCLUDE})
        list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${excluded})
    endforeach()
    if(sources)
        add_library(${name} STATIC ${sources})
        set_target_properties(${name} PROPERTIES UNITY_BUILD ${KEEPALIVED_UNITY})
        target_link_libraries(${name} PUBLIC keepalived_options ${arg_LINKS})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE keepalived_options ${arg_LINKS})
    endif()
endfunction()

# keepalived_hot(TARGET…): optimised in the sanitizer build, too.
function(keepalived_hot)
    set_target_properties(${ARGN} PROPERTIES KEEPALIVED_HOT ON)
endfunction()

# keepalived_child(NAME SOURCE LINKS…): an executable under libexec/keepalived.
function(keepalived_child name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${KEEPALIVED_LIBEXEC_DIR})
    target_link_libraries(${name} PRIVATE keepalived_options ${arg_LINKS})
    install(TARGETS ${name} RUNTIME DESTINATION libexec/keepalived)
endfunction()

# keepalived_unit_test(NAME LINKS… [LABEL sim]): one Catch2 executable from all *.cpp of the calling folder, label `unit`.
# In the sanitizer build its ctest entry is called asan.…; the target unit_and_sim builds them all.
add_custom_target(unit_and_sim)
function(keepalived_unit_test name)
    cmake_parse_arguments(arg "" "LABEL" "LINKS" ${ARGN})
    if(NOT arg_LABEL)
        set(arg_LABEL unit)
    endif()
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    add_executable(${name} ${sources})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests
        UNITY_BUILD ${KEEPALIVED_UNITY})
    target_link_libraries(${name} PRIVATE keepalived_options catch_main ${arg_LINKS})
    if(arg_LABEL STREQUAL unit AND NOT KEEPALIVED_SANITIZE)
        target_compile_options(${name} PRIVATE -O0)  # what they test is optimised; they are compiled oftener than run
    endif()
    add_dependencies(unit_and_sim ${name})
    set(entry ${arg_LABEL}.${name})
    if(KEEPALIVED_SANITIZE)
        set(entry asan.${entry})
        set(arg_LABEL ${arg_LABEL} asan)
    endif()
    add_test(NAME ${entry} COMMAND ${name})
    set_tests_properties(${entry} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT 600
        ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=1;UBSAN_OPTIONS=print_stacktrace=1")
endfunction()
