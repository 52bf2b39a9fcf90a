find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(NL IMPORTED_TARGET REQUIRED libnl-3.0)
pkg_check_modules(NLROUTE IMPORTED_TARGET REQUIRED libnl-route-3.0)
pkg_check_modules(NLGENL IMPORTED_TARGET REQUIRED libnl-genl-3.0)
pkg_check_modules(SECCOMP IMPORTED_TARGET REQUIRED libseccomp)
pkg_check_modules(CAPNG IMPORTED_TARGET REQUIRED libcap-ng)

# Header-only Boost, with system headers so that its warnings are not ours.
add_library(boost_headers INTERFACE)
target_include_directories(boost_headers SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
pkg_check_modules(PCRE2 IMPORTED_TARGET REQUIRED libpcre2-8)
pkg_check_modules(CARES IMPORTED_TARGET REQUIRED libcares)

# Compiled in where their archives are installed: each process uses a little of each, and a shared library costs every start
# its pages (libnl-route alone, of which we ask for interfaces, a fifth of what `keepalived -v` takes).
function(compile_in name archive)
    find_library(${name}_ARCHIVE NAMES ${archive})
    if(${name}_ARCHIVE)
        set_property(TARGET PkgConfig::${name} PROPERTY INTERFACE_LINK_LIBRARIES ${${name}_ARCHIVE} ${ARGN})
    endif()
endfunction()
compile_in(NL libnl-3.a Threads::Threads m)
compile_in(NLROUTE libnl-route-3.a PkgConfig::NL)
compile_in(NLGENL libnl-genl-3.a PkgConfig::NL)
compile_in(CAPNG libcap-ng.a)
compile_in(PCRE2 libpcre2-8.a)
compile_in(CARES libcares.a)

# fmt is compiled in (lib/fmt/format.cpp), under the name and with the definition of its own package.
find_path(FMT_INCLUDE_DIR fmt/format-inl.h REQUIRED)
add_library(compiled_fmt STATIC ${CMAKE_SOURCE_DIR}/lib/fmt/format.cpp)
target_include_directories(compiled_fmt SYSTEM PUBLIC ${FMT_INCLUDE_DIR})
target_compile_definitions(compiled_fmt PUBLIC FMT_SHARED)
target_compile_options(compiled_fmt PRIVATE -ffunction-sections -fdata-sections)
add_library(fmt::fmt ALIAS compiled_fmt)
