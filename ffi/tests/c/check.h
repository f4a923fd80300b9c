/* Checks that go on after a failure and count. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

#include <lvs.h>

static int checks_failed;
static int checks_passed;

#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)

static inline int check_that(int holds, const char *what, const char *file, int line) {
    if (holds) {
        checks_passed++;
    } else {
        checks_failed++;
        printf("%s:%d: not so: %s (last error: %s)\n", file, line, what, lvs_last_error());
    }
    return holds;
}

/* The call went well. */
#define OK(call) check_that((call) == LVS_STATUS_OK, #call, __FILE__, __LINE__)

/* The call was refused with this status, and the message contains this text. */
#define REFUSED(status, text, call) check_refused((call), (status), (text), #call, __FILE__, __LINE__)

static inline int check_refused(lvs_status got, lvs_status expected, const char *text, const char *call,
                                const char *file, int line) {
    if (got == expected && strstr(lvs_last_error(), text) != NULL) {
        checks_passed++;
        return 1;
    }
    checks_failed++;
    printf("%s:%d: %s: got status %d and \"%s\", expected %d and \"%s\"\n", file, line, call, (int)got,
           lvs_last_error(), (int)expected, text);
    return 0;
}

static inline int checks_end(const char *program) {
    printf("%s: %d checks passed, %d failed\n", program, checks_passed, checks_failed);
    return checks_failed == 0 ? 0 : 1;
}

#endif
