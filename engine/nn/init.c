#include "engine/nn/init.h"

#include <math.h>
#include <string.h>

bool init_gain(const char *nonlinearity, double parameter, double *out, struct error *err)
{
    static const struct {
        const char *name;
        double gain;
    } rows[] = {
        { "linear", 1 },           { "conv1d", 1 },
        { "conv2d", 1 },           { "conv3d", 1 },
        { "conv_transpose1d", 1 }, { "conv_transpose2d", 1 },
        { "conv_transpose3d", 1 }, { "sigmoid", 1 },
        { "tanh", 5.0 / 3 },       { "relu", 1.4142135623730951 }, /* √2 */
        { "selu", 0.75 },
    };
    if (strcmp(nonlinearity, "leaky_relu") == 0) {
        *out = sqrt(2.0 / (1 + parameter * parameter));
        return true;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (strcmp(rows[i].name, nonlinearity) == 0) {
            *out = rows[i].gain;
            return true;
        }
    }
    return error_set_kind(err, ERROR_VALUE, "Unsupported nonlinearity %s", nonlinearity);
}

bool init_fans_of(const struct tensor *weight, struct init_fans *out, struct error *err)
{
    const struct shape *shape = &weight->shape;
    int64_t window = 1;
    if (shape->dims < 2) {
        return error_set_kind(err, ERROR_VALUE,
                              "Fan in and fan out can not be computed for tensor with fewer than 2 "
                              "dimensions");
    }
    for (int d = 2; d < shape->dims; d++) {
        window *= shape->size[d];
    }
    out->in = shape->size[1] * window;
    out->out = shape->size[0] * window;
    return true;
}

double init_xavier_deviation(const struct init_fans *fans, double gain)
{
    return gain * sqrt(2.0 / (double)(fans->in + fans->out));
}

double init_uniform_bound(double deviation)
{
    return sqrt(3.0) * deviation;
}
