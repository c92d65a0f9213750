#pragma once
/* Angles and hyperbolic functions of float32 by way of double: nearly always the float that is nearest.
 * Without branches, so that compilers vectorise loops over them. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/formulas/formula.h"

/* arctan a for a >= 0: of what is left of an eighth or a quarter turn, within 2^-43. */
FORMULA double angle_of_slope(double a)
{
    const int small = a < 0.41421356237309503, middle = a < 2.4142135623730951;
    const double above = small ? a : middle ? a - 1 : -1;
    const double below = small ? 1 : middle ? a + 1 : a;
    const double begin = small ? 0 : middle ? 0.78539816339744828 : 1.5707963267948966;
    const double t = above / below, z = t * t;
    double u = 0.03295499114305327;
    u = fma(u, z, -0.06027206570111165);
    u = fma(u, z, 0.07604778003555679);
    u = fma(u, z, -0.09084099522493076);
    u = fma(u, z, 0.11110819586603747);
    u = fma(u, z, -0.1428570810699188);
    u = fma(u, z, 0.19999999949822453);
    u = fma(u, z, -0.33333333333266146);
    return begin + fma(t * z, u, t);
}

FORMULA float float_asin(float x)
{
    const double a = fabs((double)x);
    return (float)copysign(angle_of_slope(a / sqrt((1 - a) * (1 + a))), (double)x);
}

FORMULA float float_acos(float x)
{
    const double a = (double)x;
    return (float)(2 * angle_of_slope(sqrt((1 - a) / (1 + a))));
}

/* The angle of (x, y): that of the smaller part by the larger one, seen from the right axis. */
FORMULA float float_atan2(float y, float x)
{
    const double a = fabs((double)y), b = fabs((double)x);
    const double less = a < b ? a : b, more = a < b ? b : a;
    const double ratio = less / more;
    const double slope = less == more ? (more == 0 ? 0 : 1) : ratio;
    double angle = angle_of_slope(slope);
    angle = a > b ? 1.5707963267948966 - angle : angle;
    angle = copysign((double)1, (double)x) < 0 ? 3.1415926535897931 - angle : angle;
    angle = a != a || b != b ? a + b : angle;
    return (float)copysign(angle, (double)y);
}

/* e^x for 0 <= x <= 90 */
FORMULA double power_of_e(double x)
{
    const double whole = 0x1.8p52;
    const double turns = x * 1.4426950408889634 + whole;
    const double q = turns - whole;
    const double s = fma(q, -1.9082149292705877e-10, fma(q, -0.69314718036912382, x));
    double u = 1.0 / 3628800;
    u = fma(u, s, 1.0 / 362880);
    u = fma(u, s, 1.0 / 40320);
    u = fma(u, s, 1.0 / 5040);
    u = fma(u, s, 1.0 / 720);
    u = fma(u, s, 1.0 / 120);
    u = fma(u, s, 1.0 / 24);
    u = fma(u, s, 1.0 / 6);
    u = fma(u, s, 0.5);
    u = fma(u, s, 1.0);
    u = fma(u, s, 1.0);
    uint64_t bits;
    memcpy(&bits, &turns, sizeof(bits));
    bits = (bits + 1023) << 52; /* 2^q */
    double scale;
    memcpy(&scale, &bits, sizeof(scale));
    return u * scale;
}

/* Beyond 90 both have long been infinite. */
FORMULA double cut_off(float x)
{
    const double a = fabs((double)x);
    return a > 90 ? 90 : a;
}

FORMULA float float_cosh(float x)
{
    const double power = power_of_e(cut_off(x));
    return (float)(0.5 * power + 0.5 / power);
}

/* Near 0 a series, where the difference would lose the digits. */
FORMULA float float_sinh(float x)
{
    const double a = cut_off(x), z = a * a;
    const double power = power_of_e(a);
    double near = fma(1.0 / 72, z, 1.0);
    near = fma(near, 1.0 / 42 * z, 1.0);
    near = fma(near, 1.0 / 20 * z, 1.0);
    near = fma(near, 1.0 / 6 * z, 1.0) * a;
    const double size = a < 0.5 ? near : 0.5 * power - 0.5 / power;
    return (float)copysign(size, (double)x);
}
