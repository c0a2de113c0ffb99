/* The loops of a scan, which become `menura.search._kernels`; `_kernels.pyi` says what they are given and return.
 *
 * What is read, what is kept and why nothing is lost is told in `menura.search.scan` and `menura.model.quantiser`. They
 * run with the interpreter lock released and touch nothing but their arguments, so several threads may scan at once.
 */

#include <pyconfig.h>
#ifndef Py_GIL_DISABLED /* without the lock there is no stable interface */
#define Py_LIMITED_API 0x030b0000
#endif
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* GCC or Clang compile this. Of what is so marked, GCC makes code for several processors; the loader takes that for the
 * one which is there. Where CFLAGS name one that has all of it, no more is needed (and GCC 12 fails).
 */
#ifdef FOR_EACH_PROCESSOR /* the tests have some of their own */
#elif defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && \
    !defined(__AVX512F__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

#define INLINED static inline __attribute__((always_inline))

enum {
    INTERFACE = 1, /* goes up with every change of what `scan` is given, does or returns */
    BLOCK_ROWS = 4096,
    MAX_CODE = 255,
    TILE_ROWS = 128,       /* stay near the first cache while every query of a batch reads them: 55 kB of 108 floats */
    LONG_TILE_ROWS = 1024, /* for a query alone: memory is read ahead in runs of half as many */
    PART_ROWS = 128,       /* of a block, whose bounds are looked at one by one only if the largest is of interest */
    SPARSE_ROWS = 512,     /* of a block with fewer rows to find, these are read instead of all its codes */
    AHEAD_ROWS = 12,       /* so far ahead memory is asked for */
    LANES = 16,            /* sums of every 16th term side by side, to which an instruction or a few add at once */
};

static const double GUARD = 1e-12;

/* A window that may be among the best: its query, its row, and what its logit less the bias is at most. */
typedef struct {
    int64_t query, row;
    double high;
} Kept;

typedef struct {
    const float *projections;
    const uint8_t *live;
    const int64_t *first_rows;
    const double *log_windows;
    int64_t n_sounds;
    const float *queries, *weight;
    int64_t n_queries, width;
    double relative, absolute, correction;
    double *best;
    int64_t *owners, count;
    double *floors;
    Kept *kept;
    int64_t n_kept, n_room;
    float last_weight[LANES]; /* those of the last terms, but for terms that full lanes have added already: 0 */
    int failed;               /* once there was no memory for what is to be kept */
} Scan;

/* Vectors, which the compiler makes of what registers there are. All functions that are given or return any are inlined,
 * so that it is no matter how the processor would pass them.
 */
#pragma GCC diagnostic ignored "-Wpsabi"
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t Bits __attribute__((vector_size(LANES * sizeof(float))));

INLINED Lanes lanes_at(const float *numbers)
{
    Lanes lanes;
    memcpy(&lanes, numbers, sizeof lanes);
    return lanes;
}

INLINED float sum(const Lanes *lanes)
{
    typedef float Eight __attribute__((vector_size(8 * sizeof(float))));
    typedef float Four __attribute__((vector_size(4 * sizeof(float))));
    Eight eights[2];
    Four fours[2];
    memcpy(eights, lanes, sizeof eights);
    eights[0] += eights[1];
    memcpy(fours, eights, sizeof fours);
    fours[0] += fours[1];
    return (fours[0][0] + fours[0][2]) + (fours[0][1] + fours[0][3]);
}

/* Add to the sums of lanes the terms v relu(q + p), and to their sizes |v| relu(q + p); what is no number stays none. */
INLINED void add_terms(const float *q, const float *v, const float *p, Lanes *score, Lanes *size)
{
    const Lanes weight = lanes_at(v), hidden = lanes_at(q) + lanes_at(p);
    const Lanes kept = (Lanes)((Bits)hidden & ~(hidden <= 0));
    *score += weight * kept;
    *size += (Lanes)((Bits)weight & INT32_MAX) * kept;
}

INLINED void add_term(float q, float v, float p, Lanes *score, Lanes *size)
{
    const float hidden = q + p <= 0 ? 0 : q + p;
    (*score)[0] += v * hidden;
    (*size)[0] += (v < 0 ? -v : v) * hidden;
}

/* For each row the score v . relu(q + p), and |v| . relu(q + p), to which its rounding error is in proportion.
 *
 * Two rows at a time, one of the first half and one of the second, so that memory is read in two places at once.
 */
FOR_EACH_PROCESSOR static void score(
    const Scan *scan, const int64_t *rows, int n_rows, int64_t at, float *restrict scores, float *restrict sizes)
{
    const int64_t width = scan->width, n_full = width / LANES * LANES;
    const float *q = scan->queries + at * width, *v = scan->weight;
    const int half = (n_rows + 1) / 2;
    for (int i = 0; i < half; i++) {
        const int k = i + half < n_rows ? i + half : i;
        const float *one = scan->projections + rows[i] * width, *other = scan->projections + rows[k] * width;
        Lanes score_1 = {0}, score_2 = {0}, size_1 = {0}, size_2 = {0};
        for (int64_t j = 0; j < n_full; j += LANES) {
            __builtin_prefetch(one + AHEAD_ROWS * width + j);
            __builtin_prefetch(other + AHEAD_ROWS * width + j);
            add_terms(q + j, v + j, one + j, &score_1, &size_1);
            add_terms(q + j, v + j, other + j, &score_2, &size_2);
        }
        if (LANES < width && n_full < width) {
            const int64_t last = width - LANES;
            add_terms(q + last, scan->last_weight, one + last, &score_1, &size_1);
            add_terms(q + last, scan->last_weight, other + last, &score_2, &size_2);
        }
        for (int64_t j = 0; j < width && width < LANES; j++) {
            add_term(q[j], v[j], one[j], &score_1, &size_1);
            add_term(q[j], v[j], other[j], &score_2, &size_2);
        }
        scores[k] = sum(&score_2), sizes[k] = sum(&size_2);
        scores[i] = sum(&score_1), sizes[i] = sum(&size_1);
    }
}

/* Whether any row is not ruled out. Most often none is, and this is much faster than to look at each. */
FOR_EACH_PROCESSOR static int any_reaches(
    const Scan *scan, const float *scores, const float *sizes, int n_rows, double floor)
{
    int count = 0;
    for (int i = 0; i < n_rows; i++)
        count += !(scores[i] + (scan->relative * sizes[i] + scan->absolute) < floor);
    return count;
}

static double least_of(const double *values, int64_t n)
{
    double least = values[0];
    for (int64_t i = 1; i < n; i++)
        least = values[i] < least ? values[i] : least;
    return least;
}

/* Take a lower bound of a sound's score among the best of different sounds; the least of these is returned. */
static double offer(const Scan *scan, int64_t at, int64_t sound, double low)
{
    double *best = scan->best + at * scan->count;
    int64_t *owners = scan->owners + at * scan->count, place = 0;
    for (int64_t i = 0; i < scan->count; i++) {
        if (owners[i] == sound) {
            place = i;
            break;
        }
        if (best[i] < best[place])
            place = i;
    }
    if (low > best[place]) {
        best[place] = low;
        owners[place] = sound;
    }
    return least_of(best, scan->count);
}

static void keep(Scan *scan, Kept one)
{
    if (scan->n_kept == scan->n_room) {
        Kept *more = realloc(scan->kept, 2 * (size_t)scan->n_room * sizeof(Kept));
        if (!more) {
            scan->failed = 1;
            return;
        }
        scan->kept = more;
        scan->n_room *= 2;
    }
    scan->kept[scan->n_kept++] = one;
}

/* How many of the sounds begin at or before a row. */
static int64_t n_begun(const Scan *scan, int64_t row)
{
    int64_t low = 0, high = scan->n_sounds;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (scan->first_rows[middle] <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Score rows, at most `LONG_TILE_ROWS`, for the query `at` and keep those that may be among the best. */
static void refine(Scan *scan, const int64_t *rows, int n_rows, int64_t at)
{
    float scores[LONG_TILE_ROWS], sizes[LONG_TILE_ROWS];
    double *floor = scan->floors + at;
    if (scan->failed)
        return;
    score(scan, rows, n_rows, at, scores, sizes);
    if (!any_reaches(scan, scores, sizes, n_rows, *floor))
        return;
    for (int i = 0; i < n_rows; i++) {
        const double margin = scan->relative * sizes[i] + scan->absolute;
        double high = scores[i] + margin, low = scores[i] - margin;
        if (high < *floor)
            continue;
        const int64_t sound = n_begun(scan, rows[i]);
        if (scan->correction > 0) {
            const double by_chance = scan->correction * scan->log_windows[sound - 1];
            high -= (1 - scan->relative) * by_chance;
            low -= (1 + scan->relative) * by_chance;
            if (high < *floor)
                continue;
        }
        keep(scan, (Kept){at, rows[i], high});
        if (scan->failed)
            return;
        if (low > *floor) {
            const double least = offer(scan, at, sound, low);
            *floor = least > *floor ? least : *floor;
        }
    }
}

/* The rows from `start` to `stop` that are to be found. */
static int living(const Scan *scan, int64_t start, int64_t stop, int64_t *rows)
{
    int n_rows = 0;
    for (int64_t row = start; row < stop; row++) {
        rows[n_rows] = row;
        n_rows += scan->live[row] != 0;
    }
    return n_rows;
}

/* Read the projections from row `start` to `stop`. */
static void read_rows(Scan *scan, int64_t start, int64_t stop)
{
    int64_t rows[LONG_TILE_ROWS];
    const int tile_rows = scan->n_queries == 1 ? LONG_TILE_ROWS : TILE_ROWS;
    for (int64_t tile = start; tile < stop && !scan->failed; tile += tile_rows) {
        const int n_rows = living(scan, tile, tile + tile_rows < stop ? tile + tile_rows : stop, rows);
        for (int64_t at = 0; at < scan->n_queries; at++)
            refine(scan, rows, n_rows, at);
    }
}

INLINED uint8_t above(uint8_t code, uint8_t cut)
{
    const uint8_t higher = code > cut ? code : cut;
    return (uint8_t)(higher - cut);
}

/* Add max(code, cut) - cut of four columns to the sums, or subtract it from them. */
FOR_EACH_PROCESSOR static void add_four(
    const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d, const uint8_t *cuts, int is_added,
    int16_t *restrict sums)
{
    const uint8_t cut_a = cuts[0], cut_b = cuts[1], cut_c = cuts[2], cut_d = cuts[3];
    if (is_added)
        for (int r = 0; r < BLOCK_ROWS; r++)
            sums[r] += above(a[r], cut_a) + above(b[r], cut_b) + above(c[r], cut_c) + above(d[r], cut_d);
    else
        for (int r = 0; r < BLOCK_ROWS; r++)
            sums[r] -= above(a[r], cut_a) + above(b[r], cut_b) + above(c[r], cut_c) + above(d[r], cut_d);
}

/* The same over all columns that a query asks for, those from `n_added` on subtracted. */
static void add_up(
    const uint8_t *codes, const int64_t *columns, const uint8_t *cuts, int64_t n_added, int64_t n_columns,
    int16_t *sums)
{
    memset(sums, 0, BLOCK_ROWS * sizeof(int16_t));
    for (int64_t k = 0; k < n_columns; k += 4)
        add_four(codes + columns[k] * BLOCK_ROWS, codes + columns[k + 1] * BLOCK_ROWS,
                 codes + columns[k + 2] * BLOCK_ROWS, codes + columns[k + 3] * BLOCK_ROWS, cuts + k, k < n_added, sums);
}

/* Turn sums of codes into upper bounds, for `PART_ROWS` rows; the largest is returned. A row without a bound has the
 * highest there is, and one that is not to be found the lowest.
 */
FOR_EACH_PROCESSOR static int16_t bound(int16_t *restrict sums, const uint8_t *spreads, const uint8_t *live)
{
    int16_t largest = INT16_MIN;
    for (int r = 0; r < PART_ROWS; r++) {
        const int16_t upper = spreads[r] == MAX_CODE ? INT16_MAX : (int16_t)(sums[r] + spreads[r]);
        sums[r] = live[r] ? upper : INT16_MIN;
    }
    for (int r = 0; r < PART_ROWS; r++)
        largest = sums[r] > largest ? sums[r] : largest;
    return largest;
}

/* The least bound with which a row may reach a score of `floor`. */
static int16_t least_bound(double floor, double step, double offset)
{
    const double steps = (floor - GUARD * (floor < 0 ? -floor : floor)) / step - offset;
    if (!(steps > INT16_MIN + 1))
        return INT16_MIN + 1;
    if (steps > INT16_MAX - 1)
        return INT16_MAX;
    const int16_t whole = (int16_t)steps;
    return whole < steps ? whole + 1 : whole;
}

/* What is taken off the scores of all of the rows from `start` to `stop` at least. */
static double least_by_chance(const Scan *scan, int64_t start, int64_t stop)
{
    const int64_t begun = n_begun(scan, start), first = begun ? begun - 1 : 0, last = n_begun(scan, stop - 1);
    if (!(scan->correction > 0) || first >= last)
        return 0;
    double least = scan->log_windows[first];
    for (int64_t i = first + 1; i < last; i++)
        least = scan->log_windows[i] < least ? scan->log_windows[i] : least;
    return scan->correction * least;
}

typedef struct {
    const uint8_t *blocks;
    int64_t n_codes; /* columns of a block, that of the spreads included */
    double step;
    const int64_t *columns;
    const uint8_t *levels;
    int64_t n_columns; /* room for those of a query */
    const int64_t *counts;
    const double *offsets;
} Coded;

/* Read the codes of the blocks from `first` to `last`, and the projections of rows whose bound is high enough. */
static void read_codes(Scan *scan, const Coded *coded, int64_t first, int64_t last)
{
    int64_t rows[SPARSE_ROWS];
    int16_t sums[BLOCK_ROWS];
    for (int64_t block = first; block < last && !scan->failed; block++) {
        const int64_t start = block * BLOCK_ROWS;
        const uint8_t *live = scan->live + start, *codes = coded->blocks + block * coded->n_codes * BLOCK_ROWS;
        const uint8_t *spreads = codes + (coded->n_codes - 1) * BLOCK_ROWS;
        int n_alive = 0;
        for (int r = 0; r < BLOCK_ROWS; r++)
            n_alive += live[r] != 0;
        if (n_alive < SPARSE_ROWS) {
            const int n_rows = n_alive ? living(scan, start, start + BLOCK_ROWS, rows) : 0;
            for (int64_t at = 0; at < scan->n_queries; at++)
                refine(scan, rows, n_rows, at);
            continue;
        }
        const double by_chance = (1 - scan->relative) * least_by_chance(scan, start, start + BLOCK_ROWS);
        for (int64_t at = 0; at < scan->n_queries; at++) {
            const int64_t place = at * coded->n_columns;
            add_up(codes, coded->columns + place, coded->levels + place, coded->counts[2 * at],
                   coded->counts[2 * at + 1], sums);
            for (int part = 0; part < BLOCK_ROWS; part += PART_ROWS) {
                const int16_t least = least_bound(scan->floors[at] + by_chance, coded->step, coded->offsets[at]);
                if (bound(sums + part, spreads + part, live + part) < least)
                    continue;
                int n_rows = 0;
                for (int r = part; r < part + PART_ROWS; r++) {
                    rows[n_rows] = start + r;
                    n_rows += sums[r] >= least;
                }
                refine(scan, rows, n_rows, at);
            }
        }
    }
}

enum { PROJECTIONS, LIVE, FIRST_ROWS, LOG_WINDOWS, QUERIES, WEIGHT, BEST, OWNERS, FLOORS, N_BUFFERS };
enum { BLOCKS, COLUMNS, LEVELS, COUNTS, OFFSETS, N_CODED_BUFFERS };

static void release(Py_buffer *buffers, int n)
{
    for (int i = 0; i < n; i++)
        PyBuffer_Release(buffers + i);
}

/* Whether every row from `start` to `stop` that is to be found is a sound's, and those sounds have windows. */
static int owned(const Scan *scan, int64_t start, int64_t stop)
{
    const int64_t first = n_begun(scan, start), last = n_begun(scan, stop);
    int all = 1;
    for (int64_t row = start; row < stop && (!scan->n_sounds || row < scan->first_rows[0]); row++)
        all &= !scan->live[row];
    for (int64_t i = first ? first - 1 : 0; i < last; i++)
        all &= scan->log_windows[i] >= 0;
    return all;
}

/* Whether buffers hold as many numbers as go together: with the wrong ones, what is not theirs would be read. */
static int fit(const Scan *scan, const Py_buffer *b, int64_t start, int64_t stop)
{
    const int64_t n_rows = b[LIVE].len, n_best = scan->n_queries * scan->count;
    return scan->count > 0 && 0 <= start && start <= stop && stop <= n_rows &&
           b[PROJECTIONS].len == n_rows * scan->width * (int64_t)sizeof(float) &&
           b[LOG_WINDOWS].len == b[FIRST_ROWS].len &&
           b[QUERIES].len == scan->n_queries * scan->width * (int64_t)sizeof(float) &&
           b[BEST].len == n_best * (int64_t)sizeof(double) && b[OWNERS].len == n_best * (int64_t)sizeof(int64_t) &&
           owned(scan, start, stop);
}

static int codes_fit(const Scan *scan, const Coded *coded, const Py_buffer *c, int64_t start, int64_t stop)
{
    const int64_t n_columns = scan->n_queries * coded->n_columns, n_room = c[BLOCKS].len / BLOCK_ROWS;
    int go_together = 0 < coded->n_codes && coded->n_codes <= n_room && start % BLOCK_ROWS == 0 &&
                      stop % BLOCK_ROWS == 0 && stop / BLOCK_ROWS <= n_room / coded->n_codes &&
                      c[LEVELS].len == n_columns && c[COLUMNS].len == n_columns * (int64_t)sizeof(int64_t) &&
                      c[COUNTS].len == 2 * scan->n_queries * (int64_t)sizeof(int64_t) &&
                      c[OFFSETS].len == scan->n_queries * (int64_t)sizeof(double);
    for (int64_t i = 0; go_together && i < n_columns; i++)
        go_together = 0 <= coded->columns[i] && coded->columns[i] < coded->n_codes;
    for (int64_t at = 0; go_together && at < scan->n_queries; at++)
        go_together = coded->counts[2 * at + 1] <= coded->n_columns && coded->counts[2 * at + 1] % 4 == 0;
    return go_together;
}

static PyObject *kept_by(Scan *scan, const Coded *coded, int64_t start, int64_t stop)
{
    for (int64_t j = scan->width / LANES * LANES; j < scan->width; j++)
        scan->last_weight[(j + LANES - scan->width) % LANES] = scan->weight[j];
    scan->n_room = 256;
    scan->kept = malloc(scan->n_room * sizeof(Kept));
    scan->failed = !scan->kept;
    if (!scan->failed) {
        Py_BEGIN_ALLOW_THREADS
        if (coded)
            read_codes(scan, coded, start / BLOCK_ROWS, stop / BLOCK_ROWS);
        else
            read_rows(scan, start, stop);
        Py_END_ALLOW_THREADS
    }
    PyObject *kept = scan->failed ? PyErr_NoMemory()
                                  : PyBytes_FromStringAndSize((char *)scan->kept, scan->n_kept * sizeof(Kept));
    free(scan->kept);
    return kept;
}

static PyObject *scan(PyObject *self, PyObject *args)
{
    Py_buffer b[N_BUFFERS], c[N_CODED_BUFFERS];
    Scan scan = {0};
    Coded coded = {0};
    long long start, stop, n_codes;
    PyObject *codes, *kept = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "LLO!(y*y*y*y*)(y*y*ddd)(w*w*w*):scan", &start, &stop, &PyTuple_Type, &codes,
                          b + PROJECTIONS, b + LIVE, b + FIRST_ROWS, b + LOG_WINDOWS, b + QUERIES, b + WEIGHT,
                          &scan.relative, &scan.absolute, &scan.correction, b + BEST, b + OWNERS, b + FLOORS))
        return NULL;
    const int n_coded = PyTuple_Size(codes) ? N_CODED_BUFFERS : 0;
    if (n_coded && !PyArg_ParseTuple(codes, "y*Ldy*y*y*y*", c + BLOCKS, &n_codes, &coded.step, c + COLUMNS, c + LEVELS,
                                     c + COUNTS, c + OFFSETS)) {
        release(b, N_BUFFERS);
        return NULL;
    }
    scan.projections = b[PROJECTIONS].buf, scan.live = b[LIVE].buf;
    scan.first_rows = b[FIRST_ROWS].buf, scan.log_windows = b[LOG_WINDOWS].buf;
    scan.queries = b[QUERIES].buf, scan.weight = b[WEIGHT].buf;
    scan.best = b[BEST].buf, scan.owners = b[OWNERS].buf, scan.floors = b[FLOORS].buf;
    scan.n_sounds = b[FIRST_ROWS].len / (int64_t)sizeof(int64_t);
    scan.width = b[WEIGHT].len / (int64_t)sizeof(float);
    scan.n_queries = b[FLOORS].len / (int64_t)sizeof(double);
    scan.count = scan.n_queries ? b[BEST].len / (int64_t)sizeof(double) / scan.n_queries : 0;
    if (n_coded) {
        coded.blocks = c[BLOCKS].buf, coded.columns = c[COLUMNS].buf, coded.levels = c[LEVELS].buf;
        coded.counts = c[COUNTS].buf, coded.offsets = c[OFFSETS].buf;
        coded.n_codes = n_codes;
        coded.n_columns = scan.n_queries ? c[LEVELS].len / scan.n_queries : 0;
    }
    if (fit(&scan, b, start, stop) && (!n_coded || codes_fit(&scan, &coded, c, start, stop)))
        kept = kept_by(&scan, n_coded ? &coded : NULL, start, stop);
    else
        PyErr_SetString(PyExc_ValueError, "these arrays do not go together");
    release(b, N_BUFFERS);
    release(c, n_coded);
    return kept;
}

static PyMethodDef methods[] = {{"scan", scan, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

/* What `menura.search.scan` compares with its own, lest it uses what was compiled of another version of this file. */
static int tell(PyObject *module)
{
    PyObject *guard = PyFloat_FromDouble(GUARD);
    const int failed = PyModule_AddIntConstant(module, "INTERFACE", INTERFACE) ||
                       PyModule_AddIntConstant(module, "BLOCK_ROWS", BLOCK_ROWS) ||
                       PyModule_AddIntConstant(module, "MAX_CODE", MAX_CODE) ||
                       PyModule_AddIntConstant(module, "KEPT_BYTES", sizeof(Kept)) ||
                       PyModule_AddObjectRef(module, "GUARD", guard);
    Py_XDECREF(guard);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, tell},
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT, .m_name = "_kernels", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit__kernels(void)
{
    return PyModuleDef_Init(&module);
}
