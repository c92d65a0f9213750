"""Scripts of torch_face*.py that say something else where tensors are created on a device."""

ARRAYS = "NumPy looks at the CPU's memory only"
TEXT = "the text names the device"
ABSENT = "it is about a machine without a device"

OUT_OF_SCOPE = {
    "torch_face.test_memory_is_shared_with_numpy": ARRAYS,
    "torch_face_files.test_where_tensors_come_from": ABSENT,
    "torch_face_function.test_a_function_has_a_node_of_its_name": TEXT,
    "torch_face_modules.test_moving": ABSENT,
    "torch_face_modules.test_parameter_containers": TEXT,
    "torch_face_modules.test_what_may_be_registered": TEXT,
    "torch_face_names.test_differences_and_covariances": TEXT,
    "torch_face_names.test_how_tensors_print": TEXT,
    "torch_face_names.test_quantiles_and_modes": TEXT,
    "torch_face_numpy.test_a_tensor_of_an_array_shares_its_memory": ARRAYS,
    "torch_face_numpy.test_a_tensor_that_requires_grad_is_no_array": ARRAYS,
    "torch_face_numpy.test_an_array_of_a_tensor_shares_its_memory": ARRAYS,
    "torch_face_numpy.test_numpys_functions_on_tensors": ARRAYS,
    "torch_face_products.test_determinants": TEXT,
    "torch_face_products.test_inverse_and_solutions": TEXT,
    "torch_face_reduce.test_results_with_names": TEXT,
    "torch_face_shape.test_dimensions_as_numpy_moves_them": ARRAYS,
    "torch_face_shape.test_grids_and_cuts": ARRAYS,
    "torch_face_shape.test_rearranging_as_numpy_does": ARRAYS,
}
