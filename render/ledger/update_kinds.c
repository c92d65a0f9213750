/* The kinds of optimizers, as PyTorch's documentation has them: a line for each quantity that a step brings
 * up to date. */

#include "render/ledger/update_kinds.h"

#include <math.h>
#include <string.h>

/* What the kinds call the gradient: with weight decay or turned round it is one of its own. The name. */
static const char *take_gradient(struct writer *writer, bool decays)
{
    const double decay = step_option(writer, "weight_decay"), grad = step_at(writer, "grad");
    const double sign = step_option(writer, "maximize") != 0 ? -1 : 1;

    if (sign > 0 && (!decays || decay == 0)) {
        return "grad";
    }
    step_set(writer, "λ", decay);
    const bool decayed = decays && decay != 0;
    step_line(writer, &(struct step_line){
                          "g", "=",
                          decayed ? sign < 0 ? "−{grad} + {λ}·{w}" : "{grad} + {λ}·{w}" : "−{grad}",
                          sign * grad + (decayed ? decay * step_at(writer, "w") : 0), NAN });
    return "g";
}

/* `template` with G for the gradient's name. */
static const char *with_gradient(const struct writer *writer, const char *template,
                                 const char *gradient)
{
    struct text text = { 0 };

    for (const char *c = template; *c; c++) {
        if (*c == 'G') {
            text_format(&text, "{%s}", gradient);
        } else {
            text_append_char(&text, *c);
        }
    }
    const char *const copy = arena_copy_text(writer->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static void write_sgd(struct writer *writer, double moved)
{
    const char *const gradient = take_gradient(writer, true);
    const double g = step_at(writer, gradient), lr = step_option(writer, "lr"),
                 w = step_at(writer, "w");
    const double momentum = step_option(writer, "momentum"),
                 dampening = step_option(writer, "dampening");
    struct step_state buffer;

    if (momentum == 0 || !step_state(writer, "momentum_buffer", &buffer)) {
        step_line(writer,
                  &(struct step_line){ "w", "←", with_gradient(writer, "{w} − {lr}·G", gradient),
                                       w - lr * g, moved });
        return;
    }
    step_set(writer, "μ", momentum);
    step_set(writer, "δ", dampening);
    if (buffer.fresh) {
        step_line(writer, &(struct step_line){ "buf", "←", with_gradient(writer, "G", gradient), g,
                                               buffer.after });
    } else {
        step_set(writer, "buf", buffer.before);
        const char *const how = dampening != 0 ? "{μ}·{buf} + (1 − {δ})·G" : "{μ}·{buf} + G";
        step_line(writer, &(struct step_line){ "buf", "←", with_gradient(writer, how, gradient),
                                               momentum * buffer.before + (1 - dampening) * g,
                                               buffer.after });
    }
    const bool ahead = step_option(writer, "nesterov") != 0;
    step_line(writer, &(struct step_line){
                          "w", "←",
                          ahead ? with_gradient(writer, "{w} − {lr}·(G + {μ}·{buf})", gradient)
                                : "{w} − {lr}·{buf}",
                          w - lr * (ahead ? g + momentum * buffer.after : buffer.after), moved });
}

/* m and v of the gradient. */
static void write_averages(struct writer *writer, const char *gradient, const struct step_state *m,
                           const struct step_state *v)
{
    const double beta1 = step_option_of_pair(writer, "betas", 0), g = step_at(writer, gradient);
    const double beta2 = step_option_of_pair(writer, "betas", 1);

    step_set(writer, "β₁", beta1);
    step_set(writer, "β₂", beta2);
    step_set(writer, "t", step_count(writer));
    step_set(writer, "m", m->before);
    step_set(writer, "v", v->before);
    step_line(writer, &(struct step_line){
                          "m", "←", with_gradient(writer, "{β₁}·{m} + (1 − {β₁})·G", gradient),
                          beta1 * m->before + (1 - beta1) * g, m->after });
    step_line(writer, &(struct step_line){
                          "v", "←", with_gradient(writer, "{β₂}·{v} + (1 − {β₂})·G²", gradient),
                          beta2 * v->before + (1 - beta2) * g * g, v->after });
}

/* Decay apart from the gradient, as AdamW has it. */
static void write_decay(struct writer *writer)
{
    const double decay = step_option(writer, "weight_decay"), lr = step_option(writer, "lr");

    if (decay != 0) {
        step_set(writer, "λ", decay);
        step_line(writer, &(struct step_line){ "w", "←", "{w} − {lr}·{λ}·{w}",
                                               step_at(writer, "w") * (1 - lr * decay), NAN });
    }
}

/* m and v without their bias and, with amsgrad, the largest v so far. */
static void write_unbiased(struct writer *writer, const struct step_state *m,
                           const struct step_state *v)
{
    const double beta1 = step_at(writer, "β₁"), beta2 = step_at(writer, "β₂");
    const double t = step_at(writer, "t");
    struct step_state largest;

    const bool ams = step_state(writer, "max_exp_avg_sq", &largest);
    if (ams) {
        step_set(writer, "vmax", largest.before);
        step_line(writer, &(struct step_line){ "vmax", "←", "max({vmax}, {v})",
                                               fmax(largest.before, v->after), largest.after });
    }
    step_line(writer, &(struct step_line){ "m̂", "=", "{m} / (1 − {β₁}^{t})",
                                           m->after / (1 - pow(beta1, t)), NAN });
    step_line(writer, &(struct step_line){
                          "v̂", "=", ams ? "{vmax} / (1 − {β₂}^{t})" : "{v} / (1 − {β₂}^{t})",
                          (ams ? largest.after : v->after) / (1 - pow(beta2, t)), NAN });
}

static void write_adam(struct writer *writer, double moved)
{
    const bool apart = strcmp(writer->out->class_name, "AdamW") == 0;
    const double lr = step_option(writer, "lr"), eps = step_option(writer, "eps");
    struct step_state m, v;

    if (!step_state(writer, "exp_avg", &m) || !step_state(writer, "exp_avg_sq", &v)) {
        return;
    }
    if (apart) {
        write_decay(writer);
    }
    write_averages(writer, take_gradient(writer, !apart), &m, &v);
    write_unbiased(writer, &m, &v);
    step_set(writer, "ε", eps);
    step_line(writer,
              &(struct step_line){ "w", "←", "{w} − {lr}·{m̂} / (√{v̂} + {ε})",
                                   step_at(writer, "w") - lr * step_at(writer, "m̂") /
                                                              (sqrt(step_at(writer, "v̂")) + eps),
                                   moved });
}

/* The largest gradient so far, which fades, instead of v. */
static void write_adamax(struct writer *writer, double moved)
{
    const char *const gradient = take_gradient(writer, true);
    const double beta1 = step_option_of_pair(writer, "betas", 0), g = step_at(writer, gradient);
    const double beta2 = step_option_of_pair(writer, "betas", 1), t = step_count(writer);
    const double lr = step_option(writer, "lr"), eps = step_option(writer, "eps");
    struct step_state m, u;

    if (!step_state(writer, "exp_avg", &m) || !step_state(writer, "exp_inf", &u)) {
        return;
    }
    step_set(writer, "β₁", beta1);
    step_set(writer, "β₂", beta2);
    step_set(writer, "t", t);
    step_set(writer, "ε", eps);
    step_set(writer, "m", m.before);
    step_set(writer, "u", u.before);
    step_line(writer, &(struct step_line){
                          "m", "←", with_gradient(writer, "{β₁}·{m} + (1 − {β₁})·G", gradient),
                          beta1 * m.before + (1 - beta1) * g, m.after });
    step_line(writer, &(struct step_line){
                          "u", "←", with_gradient(writer, "max({β₂}·{u}, |G| + {ε})", gradient),
                          fmax(beta2 * u.before, fabs(g) + eps), u.after });
    step_line(writer, &(struct step_line){ "w", "←", "{w} − {lr} / (1 − {β₁}^{t})·{m} / {u}",
                                           step_at(writer, "w") -
                                               lr / (1 - pow(beta1, t)) * m.after / u.after,
                                           moved });
}

/* A single number of the parameter's state, not one for each element. */
static bool single_state(struct writer *writer, const char *name, struct step_state *out)
{
    const int64_t element = writer->element;

    writer->element = 0;
    const bool found = step_state(writer, name, out);
    writer->element = element;
    return found;
}

/* Momentum that grows with t, and a look at that of the step to come. */
static void write_nadam_move(struct writer *writer, const char *gradient, double v_unbiased,
                             double moved)
{
    const double beta1 = step_at(writer, "β₁"), t = step_at(writer, "t");
    const double decay = step_option(writer, "momentum_decay"), lr = step_option(writer, "lr");
    const double mu = beta1 * (1 - 0.5 * pow(0.96, t * decay));
    const double next = beta1 * (1 - 0.5 * pow(0.96, (t + 1) * decay));
    const double root = sqrt(v_unbiased) + step_at(writer, "ε");
    struct step_state product;

    if (!single_state(writer, "mu_product", &product)) {
        return;
    }
    step_set(writer, "ψ", decay);
    step_set(writer, "M", product.fresh ? 1 : product.before);
    step_line(writer, &(struct step_line){ "μ", "=", "{β₁}·(1 − 0.5·0.96^({t}·{ψ}))", mu, NAN });
    step_line(writer,
              &(struct step_line){ "ν", "=", "{β₁}·(1 − 0.5·0.96^(({t} + 1)·{ψ}))", next, NAN });
    step_line(writer,
              &(struct step_line){ "M", "←", "{M}·{μ}", (product.fresh ? 1 : product.before) * mu,
                                   product.after });
    step_line(
        writer,
        &(struct step_line){
            "w", "←",
            with_gradient(writer,
                          "{w} − {lr}·((1 − {μ}) / (1 − {M})·G + {ν} / (1 − {M}·{ν})·{m}) / "
                          "(√{v̂} + {ε})",
                          gradient),
            step_at(writer, "w") - lr *
                                       ((1 - mu) / (1 - product.after) * step_at(writer, gradient) +
                                        next / (1 - product.after * next) * step_at(writer, "m")) /
                                       root,
            moved });
}

static void write_nadam(struct writer *writer, double moved)
{
    const bool apart = step_option(writer, "decoupled_weight_decay") != 0;
    struct step_state m, v;

    if (!step_state(writer, "exp_avg", &m) || !step_state(writer, "exp_avg_sq", &v)) {
        return;
    }
    if (apart) {
        write_decay(writer);
    }
    const char *const gradient = take_gradient(writer, !apart);
    write_averages(writer, gradient, &m, &v);
    const double unbiased = v.after / (1 - pow(step_at(writer, "β₂"), step_at(writer, "t")));
    step_line(writer, &(struct step_line){ "v̂", "=", "{v} / (1 − {β₂}^{t})", unbiased, NAN });
    step_set(writer, "ε", step_option(writer, "eps"));
    write_nadam_move(writer, gradient, unbiased, moved);
}

/* As long as v is of too few steps to be trusted the step is that of plain momentum. */
static void write_radam_move(struct writer *writer, const struct step_state *v, double moved)
{
    const double beta2 = step_at(writer, "β₂"), t = step_at(writer, "t"), w = step_at(writer, "w");
    const double power = pow(beta2, t), limit = 2 / (1 - beta2) - 1;
    const double rho = limit - 2 * t * power / (1 - power);
    const double lr = step_option(writer, "lr"), eps = step_option(writer, "eps");

    step_line(writer, &(struct step_line){ "ρ∞", "=", "2 / (1 − {β₂}) − 1", limit, NAN });
    step_line(writer,
              &(struct step_line){ "ρ", "=", "{ρ∞} − 2·{t}·{β₂}^{t} / (1 − {β₂}^{t})", rho, NAN });
    if (rho <= 5) {
        step_line(writer, &(struct step_line){ "w", "←", "{w} − {lr}·{m̂}",
                                               w - lr * step_at(writer, "m̂"), moved });
        return;
    }
    const double r = sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho));
    step_set(writer, "v", v->after);
    step_set(writer, "ε", eps);
    step_line(writer,
              &(struct step_line){
                  "r", "=", "√(({ρ} − 4)·({ρ} − 2)·{ρ∞} / (({ρ∞} − 4)·({ρ∞} − 2)·{ρ}))", r, NAN });
    step_line(writer,
              &(struct step_line){ "w", "←", "{w} − {lr}·{m̂}·{r}·√(1 − {β₂}^{t}) / (√{v} + {ε})",
                                   w - lr * step_at(writer, "m̂") * r * sqrt(1 - power) /
                                           (sqrt(v->after) + eps),
                                   moved });
}

static void write_radam(struct writer *writer, double moved)
{
    const bool apart = step_option(writer, "decoupled_weight_decay") != 0;
    struct step_state m, v;

    if (!step_state(writer, "exp_avg", &m) || !step_state(writer, "exp_avg_sq", &v)) {
        return;
    }
    if (apart) {
        write_decay(writer);
    }
    write_averages(writer, take_gradient(writer, !apart), &m, &v);
    step_line(writer, &(struct step_line){
                          "m̂", "=", "{m} / (1 − {β₁}^{t})",
                          m.after / (1 - pow(step_at(writer, "β₁"), step_at(writer, "t"))), NAN });
    write_radam_move(writer, &v, moved);
}

/* What the gradient is divided by, and its name: of a centered one the root of a variance. */
static double write_divisor(struct writer *writer, const char *gradient, const struct step_state *s,
                            const char **divisor)
{
    const double alpha = step_option(writer, "alpha"), eps = step_option(writer, "eps");
    struct step_state mean;

    *divisor = "(√{s} + {ε})";
    if (step_option(writer, "centered") == 0) {
        return sqrt(s->after) + eps;
    }
    if (!step_state(writer, "grad_avg", &mean)) {
        return NAN;
    }
    step_set(writer, "a", mean.before);
    step_line(writer,
              &(struct step_line){
                  "a", "←", with_gradient(writer, "{α}·{a} + (1 − {α})·G", gradient),
                  alpha * mean.before + (1 - alpha) * step_at(writer, gradient), mean.after });
    *divisor = "(√({s} − {a}²) + {ε})";
    return sqrt(s->after - mean.after * mean.after) + eps;
}

static void write_rmsprop(struct writer *writer, double moved)
{
    const char *const gradient = take_gradient(writer, true), *divisor;
    const double g = step_at(writer, gradient), lr = step_option(writer, "lr");
    const double alpha = step_option(writer, "alpha"), momentum = step_option(writer, "momentum");
    const double w = step_at(writer, "w");
    struct step_state s, buffer;

    if (!step_state(writer, "square_avg", &s)) {
        return;
    }
    step_set(writer, "α", alpha);
    step_set(writer, "ε", step_option(writer, "eps"));
    step_set(writer, "s", s.before);
    step_line(writer, &(struct step_line){
                          "s", "←", with_gradient(writer, "{α}·{s} + (1 − {α})·G²", gradient),
                          alpha * s.before + (1 - alpha) * g * g, s.after });
    const double scaled = g / write_divisor(writer, gradient, &s, &divisor);
    if (momentum == 0 || !step_state(writer, "momentum_buffer", &buffer)) {
        const char *const move = arena_format(writer->arena, "{w} − {lr}·G / %s", divisor);
        step_line(writer, &(struct step_line){ "w", "←", with_gradient(writer, move, gradient),
                                               w - lr * scaled, moved });
        return;
    }
    step_set(writer, "μ", momentum);
    step_set(writer, "buf", buffer.before);
    const char *const fill = arena_format(writer->arena, "{μ}·{buf} + G / %s", divisor);
    step_line(writer, &(struct step_line){ "buf", "←", with_gradient(writer, fill, gradient),
                                           momentum * buffer.before + scaled, buffer.after });
    step_line(writer,
              &(struct step_line){ "w", "←", "{w} − {lr}·{buf}", w - lr * buffer.after, moved });
}

/* The size of the steps so far takes the place of a learning rate. */
static void write_adadelta(struct writer *writer, double moved)
{
    const char *const gradient = take_gradient(writer, true);
    const double g = step_at(writer, gradient), w = step_at(writer, "w");
    const double lr = step_option(writer, "lr"), rho = step_option(writer, "rho");
    const double eps = step_option(writer, "eps");
    struct step_state s, a;

    if (!step_state(writer, "square_avg", &s) || !step_state(writer, "acc_delta", &a)) {
        return;
    }
    step_set(writer, "ρ", rho);
    step_set(writer, "ε", eps);
    step_set(writer, "s", s.before);
    step_set(writer, "a", a.before);
    step_line(writer, &(struct step_line){
                          "s", "←", with_gradient(writer, "{ρ}·{s} + (1 − {ρ})·G²", gradient),
                          rho * s.before + (1 - rho) * g * g, s.after });
    const double d = sqrt(a.before + eps) / sqrt(s.after + eps) * g;
    step_line(writer,
              &(struct step_line){ "d", "=",
                                   with_gradient(writer, "√({a} + {ε}) / √({s} + {ε})·G", gradient),
                                   d, NAN });
    step_line(writer, &(struct step_line){ "a", "←", "{ρ}·{a} + (1 − {ρ})·{d}²",
                                           rho * a.before + (1 - rho) * d * d, a.after });
    step_line(writer, &(struct step_line){ "w", "←", "{w} − {lr}·{d}", w - lr * d, moved });
}

static void write_adagrad(struct writer *writer, double moved)
{
    const char *const gradient = take_gradient(writer, true);
    const double g = step_at(writer, gradient), w = step_at(writer, "w"),
                 eps = step_option(writer, "eps");
    const double rate = step_option(writer, "lr") /
                        (1 + (step_count(writer) - 1) * step_option(writer, "lr_decay"));
    struct step_state s;

    if (!step_state(writer, "sum", &s)) {
        return;
    }
    step_set(writer, "ε", eps);
    step_set(writer, "s", s.before);
    step_set(writer, "lr", rate);
    step_line(writer, &(struct step_line){ "s", "←", with_gradient(writer, "{s} + G²", gradient),
                                           s.before + g * g, s.after });
    step_line(writer, &(struct step_line){
                          "w", "←", with_gradient(writer, "{w} − {lr}·G / (√{s} + {ε})", gradient),
                          w - rate * g / (sqrt(s.after) + eps), moved });
}

static const struct {
    const char *class_name;
    void (*write)(struct writer *writer, double moved);
} kinds[] = {
    { "SGD", write_sgd },         { "Adam", write_adam },         { "AdamW", write_adam },
    { "Adamax", write_adamax },   { "NAdam", write_nadam },       { "RAdam", write_radam },
    { "RMSprop", write_rmsprop }, { "Adadelta", write_adadelta }, { "Adagrad", write_adagrad },
};

void step_write(struct writer *writer, double moved)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].class_name, writer->out->class_name) == 0) {
            kinds[i].write(writer, moved);
        }
    }
}
