# The headers by themselves, in every version of the languages.

stands_alone() { # COMPILER STANDARD HEADER
    local file=$work/alone.c
    [[ $1 = *++ ]] && file=$work/alone.cpp
    printf '#include <%s>\n#include <%s>\nint main(void) { return 0; }\n' "$3" "$3" >"$file"
    "$1" "-std=$2" "${strict[@]}" -I "$prefix/include" -fsyntax-only "$file"
}

# A program that hides all that it declares, as libraries do, still finds what lvs.h declares.
links_where_all_is_hidden() { # COMPILER FILE
    printf '#pragma GCC visibility push(hidden)\n#include <lvs.h>\n#pragma GCC visibility pop\n%s\n' \
        'int main(void) { return lvs_version_number() == LVS_VERSION_NUMBER ? 0 : 1; }' >"$work/$2"
    "$1" "${strict[@]}" -fvisibility=hidden "$work/$2" -I "$prefix/include" -L "$prefix/lib" -llvs -o "$work/hidden" &&
        LD_LIBRARY_PATH=$prefix/lib "$work/hidden"
}

takes_other_attributes() {
    printf '#define LVS_API __attribute__((deprecated("mine")))\n#include <lvs.h>\nint main(void) { return !lvs_version(); }\n' \
        >"$work/own.c"
    fails_with mine gcc -Werror "$work/own.c" -I "$prefix/include" -fsyntax-only
}

refuses_cpp() { # TEXT FLAGS...
    printf '#include <lvs.hpp>\n' >"$work/refused.cpp"
    fails_with "$1" g++ "${@:2}" -I "$prefix/include" -fsyntax-only "$work/refused.cpp"
}

for compiler in gcc clang; do
    for standard in c90 c99 c11 c17; do check "lvs.h alone, $compiler $standard" stands_alone $compiler $standard lvs.h; done
done
for compiler in g++ clang++; do
    for standard in c++98 c++17; do check "lvs.h alone, $compiler $standard" stands_alone $compiler $standard lvs.h; done
    for standard in c++17 c++20; do check "lvs.hpp alone, $compiler $standard" stands_alone $compiler $standard lvs.hpp; done
done
check "lvs.h where all is hidden, gcc" links_where_all_is_hidden gcc hidden.c
check "lvs.h where all is hidden, clang++" links_where_all_is_hidden clang++ hidden.cpp
check "LVS_API can be the user's" takes_other_attributes
check "lvs.hpp refuses -fno-exceptions" refuses_cpp 'with -fno-exceptions use lvs.h' -std=c++17 -fno-exceptions
check "lvs.hpp refuses C++14" refuses_cpp 'lvs.hpp needs C++17' -std=c++14
