#pragma once
/* Normals by Box and Muller in blocks of 16, with the mathematics of PyTorch's vector kernel. */

enum { NORMAL_BLOCK = 16 };

/* Sixteen uniforms in [0, 1) become sixteen normals, times std, plus mean. */
void normal_block32(float *block, float mean, float std);
void normal_block64(double *block, double mean, double std);
