/* W1 kept current by hand: one call an event, everything by difference. */

#include <stdint.h>

enum { MOST_TAIL = 256, STRIDE = 32 };

struct desk {
    int64_t books, nodes, hours, scenarios, factors, tail;
    double *held;       /* MW by hour, book and node */
    double *open;       /* MW by book and hour */
    double *mark;       /* $/MWh by hour and node */
    double *value;      /* $ by book */
    const double *shock; /* $/MWh by factor and scenario */
    double *pnl;        /* $ by book and scenario, the firm last */
    double *var;        /* $ by book, the firm last */
    double *moved;      /* scratch by node */
    const double *var_limit, *stop_loss;
    uint8_t *var_over, *loss_over;
};

/* Keep the smallest values seen, ascending: put one in its place and drop the largest. */
static inline void insert(double *least, int64_t tail, double value) {
    int64_t place = tail - 1;
    for (; place > 0 && least[place - 1] > value; place--) least[place] = least[place - 1];
    least[place] = value;
}

/* The tail-th smallest: few values of a stride are below it, so a stride is first asked for its least. */
static double quantile(const double *restrict pnl, int64_t count, int64_t tail) {
    double least[MOST_TAIL];
    int64_t at = 0;
    for (; at < tail; at++) {
        least[at] = pnl[at];
        insert(least, at + 1, pnl[at]);
    }
    for (; at + STRIDE <= count; at += STRIDE) {
        double lowest = pnl[at];
        for (int next = 1; next < STRIDE; next++) {
            double value = pnl[at + next];
            lowest = value < lowest ? value : lowest;
        }
        if (lowest >= least[tail - 1]) continue;
        for (int next = 0; next < STRIDE; next++)
            if (pnl[at + next] < least[tail - 1]) insert(least, tail, pnl[at + next]);
    }
    for (; at < count; at++)
        if (pnl[at] < least[tail - 1]) insert(least, tail, pnl[at]);
    return least[tail - 1];
}

static inline void compare(struct desk *desk, int64_t book) {
    desk->var_over[book] = desk->var[book] > desk->var_limit[book];
    desk->loss_over[book] = desk->value[book] < -desk->stop_loss[book];
}

static inline void strike(struct desk *desk, int64_t book) {
    const double *pnl = desk->pnl + book * desk->scenarios;
    desk->var[book] = -quantile(pnl, desk->scenarios, desk->tail);
}

void trade(struct desk *desk, int64_t book, int64_t node, int64_t first, int64_t last, double mw,
           double price) {
    double marks = 0.0;
    for (int64_t hour = first; hour < last; hour++) {
        desk->held[(hour * desk->books + book) * desk->nodes + node] += mw;
        desk->open[book * desk->hours + hour] += mw;
        marks += desk->mark[hour * desk->nodes + node];
    }
    double mwh = mw * (double)(last - first);
    desk->value[book] += mw * marks - mwh * price;
    const double *restrict shock = desk->shock + (node % desk->factors) * desk->scenarios;
    double *restrict own = desk->pnl + book * desk->scenarios;
    double *restrict firm = desk->pnl + desk->books * desk->scenarios;
    for (int64_t date = 0; date < desk->scenarios; date++) {
        double amount = mwh * shock[date];
        own[date] += amount;
        firm[date] += amount;
    }
    strike(desk, book);
    strike(desk, desk->books);
    compare(desk, book);
}

void publish(struct desk *desk, int64_t hour, const double *restrict price) {
    double *restrict mark = desk->mark + hour * desk->nodes;
    double *restrict moved = desk->moved;
    for (int64_t node = 0; node < desk->nodes; node++) {
        moved[node] = price[node] - mark[node];
        mark[node] = price[node];
    }
    for (int64_t book = 0; book < desk->books; book++) {
        const double *restrict held = desk->held + (hour * desk->books + book) * desk->nodes;
        double gained = 0.0;
        for (int64_t node = 0; node < desk->nodes; node++) gained += held[node] * moved[node];
        desk->value[book] += gained;
        strike(desk, book);
        compare(desk, book);
    }
    strike(desk, desk->books);
}
