"""What an introductory course may call of PyTorch, by area: `gradlight doctor --torch` says which of
these names this torch lacks."""

USUAL = {
    "torch":
        "BoolTensor ByteTensor DoubleTensor FloatTensor Generator IntTensor LongTensor Size "
        "Tensor abs absolute acos acosh add addbmm addcdiv addcmul addmm addmv addr all "
        "allclose amax amin aminmax amp any arange arccos arccosh arcsin arcsinh arctan arctan2 "
        "arctanh argmax argmin argsort argwhere as_strided as_tensor asarray asin asinh atan "
        "atan2 atanh atleast_1d atleast_2d atleast_3d autograd avg_pool1d backends baddbmm "
        "bernoulli bfloat16 bincount binomial bitwise_and bitwise_left_shift bitwise_not "
        "bitwise_or bitwise_right_shift bitwise_xor block_diag bmm bool broadcast_shapes "
        "broadcast_tensors broadcast_to bucketize can_cast cartesian_prod cat ceil celu chunk "
        "clamp clamp_max clamp_min clip clone column_stack combinations compile complex64 "
        "concat concatenate conv1d conv2d conv3d conv_transpose1d conv_transpose2d "
        "conv_transpose3d cos cosh cosine_similarity count_nonzero cross cuda cummax cummin "
        "cumprod cumsum cumulative_trapezoid default_generator deg2rad det detach device diag "
        "diag_embed diagflat diagonal diff dist distributed distributions div divide dot "
        "dropout dsplit dstack dtype e einsum empty empty_like empty_strided enable_grad eq "
        "equal erf erfc exp exp2 expm1 export eye fft finfo fix flatten flip fliplr flipud "
        "float16 float32 float64 float_power floor floor_divide fmax fmin fmod frac from_dlpack "
        "from_numpy frombuffer full full_like func gather ge get_default_dtype get_num_threads "
        "get_rng_state gradient greater greater_equal gt hardshrink histc histogram hsplit "
        "hstack hub hypot iinfo index_add index_fill index_select inf inference_mode "
        "initial_seed inner int16 int32 int64 int8 inverse is_anomaly_check_nan_enabled "
        "is_anomaly_enabled is_floating_point is_grad_enabled is_inference "
        "is_inference_mode_enabled is_nonzero is_tensor isclose isfinite isin isinf isnan "
        "isneginf isposinf jit kron le lerp less less_equal linalg linspace load log log10 "
        "log1p log2 logcumsumexp logical_and logical_not logical_or logical_xor logspace "
        "logsumexp lt lu manual_seed masked_fill masked_select matmul matrix_power max "
        "max_pool1d max_pool2d max_pool3d maximum mean median meshgrid min minimum mm moveaxis "
        "movedim msort mul multiprocessing mv nan nan_to_num nanmean nanmedian nansum narrow ne "
        "neg negative newaxis nn no_grad nonzero norm normal not_equal numel ones ones_like "
        "onnx optim outer pairwise_distance permute pi pixel_shuffle pixel_unshuffle poisson "
        "positive pow prelu prod profiler quantization rad2deg rand rand_like randint "
        "randint_like randn randn_like randperm range ravel reciprocal relu remainder "
        "repeat_interleave reshape result_type roll rot90 round row_stack rsqrt save "
        "scalar_tensor scatter scatter_add scatter_reduce searchsorted seed select selu "
        "set_default_device set_default_dtype set_grad_enabled "
        "set_num_threads set_printoptions set_rng_state sigmoid sign sin sinh softmax "
        "sort sparse special split sqrt square squeeze stack std std_mean sub subtract sum "
        "swapaxes swapdims t take take_along_dim tan tanh tensor tensor_split tensordot testing "
        "threshold tile to_dlpack topk trace transpose trapezoid trapz tril triu true_divide "
        "trunc uint8 unbind unflatten unique unique_consecutive unsqueeze "
        "use_deterministic_algorithms utils vander var var_mean vdot vmap vsplit vstack where "
        "zeros zeros_like",
    "torch.Tensor":
        "T abs abs_ absolute absolute_ acos acos_ acosh acosh_ add add_ addbmm addbmm_ addcdiv "
        "addcdiv_ addcmul addcmul_ addmm addmm_ addmv addmv_ addr addr_ all allclose amax amin "
        "aminmax any apply_ arccos arccos_ arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_ "
        "arctan arctan2 arctan2_ arctan_ arctanh arctanh_ argmax argmin argsort argwhere "
        "as_strided as_strided_ as_subclass asin asin_ asinh asinh_ atan atan2 atan2_ atan_ "
        "atanh atanh_ backward baddbmm baddbmm_ bernoulli bernoulli_ bfloat16 bincount "
        "bitwise_and bitwise_and_ bitwise_left_shift bitwise_left_shift_ bitwise_not "
        "bitwise_not_ bitwise_or bitwise_or_ bitwise_right_shift bitwise_right_shift_ "
        "bitwise_xor bitwise_xor_ bmm bool broadcast_to byte ceil ceil_ char chunk clamp clamp_ "
        "clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ clone contiguous copy_ cos cos_ "
        "cosh cosh_ count_nonzero cpu cross cuda cummax cummin cumprod cumprod_ cumsum cumsum_ "
        "data data_ptr deg2rad deg2rad_ det detach detach_ device diag diag_embed diagflat "
        "diagonal diff dim dist div div_ divide divide_ dot double dsplit dtype element_size eq "
        "eq_ equal erf erf_ erfc erfc_ exp exp2 exp2_ exp_ expand expand_as expm1 expm1_ "
        "exponential_ fill_ fill_diagonal_ fix fix_ flatten flip fliplr flipud float "
        "float_power float_power_ floor floor_ floor_divide floor_divide_ fmax fmin fmod fmod_ "
        "frac frac_ gather ge ge_ grad grad_fn greater greater_ greater_equal greater_equal_ gt "
        "gt_ half hardshrink histc histogram hsplit hypot index_add index_add_ index_copy_ "
        "index_fill index_fill_ index_put index_put_ index_select inner int inverse "
        "is_contiguous is_cpu is_cuda is_floating_point is_inference is_leaf is_nonzero "
        "is_shared isclose isfinite isinf isnan isneginf isposinf item itemsize kron le le_ "
        "lerp lerp_ less less_ less_equal less_equal_ log log10 log10_ log1p log1p_ log2 log2_ "
        "log_ log_softmax logcumsumexp logical_and logical_and_ logical_not logical_not_ "
        "logical_or logical_or_ logical_xor logical_xor_ logit logit_ logsumexp long lt lt_ lu "
        "mT masked_fill masked_fill_ masked_scatter_ masked_select matmul matrix_power max "
        "maximum mean median min minimum mm mode moveaxis movedim msort mul mul_ mv nan_to_num "
        "nan_to_num_ nanmean nanmedian nansum narrow nbytes ndim ndimension ne ne_ neg neg_ "
        "negative negative_ nelement new_empty new_full new_ones new_tensor new_zeros nonzero "
        "norm normal_ not_equal not_equal_ numel numpy outer output_nr permute pin_memory "
        "positive pow pow_ prelu prod rad2deg rad2deg_ random_ ravel reciprocal reciprocal_ "
        "register_hook register_post_accumulate_grad_hook relu remainder remainder_ repeat "
        "repeat_interleave requires_grad requires_grad_ reshape reshape_as resize_ retain_grad "
        "roll rot90 round round_ rsqrt rsqrt_ scatter scatter_ scatter_add scatter_add_ "
        "scatter_reduce scatter_reduce_ select shape share_memory_ short sigmoid sigmoid_ sign "
        "sign_ sin sin_ sinh sinh_ size softmax sort split split_with_sizes sqrt sqrt_ square "
        "square_ squeeze squeeze_ std storage_offset stride sub sub_ subtract subtract_ sum "
        "swapaxes swapdims t t_ take take_along_dim tan tan_ tanh tanh_ tensor_split tile to "
        "tolist topk trace transpose tril tril_ triu triu_ true_divide true_divide_ trunc "
        "trunc_ type type_as unbind unflatten unfold uniform_ unique unique_consecutive "
        "unsqueeze unsqueeze_ var vdot view view_as vsplit where zero_",
    "torch.nn":
        "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss "
        "AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool2d "
        "AvgPool3d BCELoss BCEWithLogitsLoss BatchNorm1d BatchNorm2d BatchNorm3d Bilinear CELU "
        "CTCLoss ConstantPad1d ConstantPad2d ConstantPad3d Conv1d Conv2d Conv3d ConvTranspose1d "
        "ConvTranspose2d ConvTranspose3d CosineEmbeddingLoss CosineSimilarity CrossEntropyLoss "
        "Dropout Dropout1d Dropout2d Dropout3d ELU Embedding EmbeddingBag FeatureAlphaDropout "
        "Flatten Fold FractionalMaxPool2d FractionalMaxPool3d GELU GLU GRU GRUCell "
        "GaussianNLLLoss GroupNorm Hardshrink Hardsigmoid Hardswish Hardtanh HingeEmbeddingLoss "
        "HuberLoss Identity InstanceNorm1d InstanceNorm2d InstanceNorm3d KLDivLoss L1Loss "
        "LPPool1d LPPool2d LSTM LSTMCell LayerNorm LeakyReLU Linear LocalResponseNorm "
        "LogSigmoid LogSoftmax MSELoss MarginRankingLoss MaxPool1d MaxPool2d MaxPool3d "
        "MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish Module ModuleDict ModuleList "
        "MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss MultiheadAttention "
        "NLLLoss PReLU PairwiseDistance Parameter ParameterDict ParameterList PixelShuffle "
        "PixelUnshuffle PoissonNLLLoss RNN RNNBase RNNCell RNNCellBase RReLU ReLU ReLU6 "
        "ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d "
        "ReplicationPad3d SELU Sequential SiLU Sigmoid SmoothL1Loss SoftMarginLoss Softmax "
        "Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink Threshold Transformer "
        "TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer "
        "TripletMarginLoss TripletMarginWithDistanceLoss Unflatten Unfold Upsample "
        "UpsamplingBilinear2d UpsamplingNearest2d ZeroPad2d",
    "torch.nn.functional":
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d "
        "adaptive_max_pool2d adaptive_max_pool3d affine_grid alpha_dropout avg_pool1d "
        "avg_pool2d avg_pool3d batch_norm bilinear binary_cross_entropy "
        "binary_cross_entropy_with_logits celu celu_ conv1d conv2d conv3d conv_transpose1d "
        "conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity "
        "cross_entropy ctc_loss dropout dropout1d dropout2d dropout3d elu elu_ embedding "
        "embedding_bag feature_alpha_dropout fold fractional_max_pool2d fractional_max_pool3d "
        "gaussian_nll_loss gelu glu grid_sample group_norm gumbel_softmax hardshrink "
        "hardsigmoid hardswish hardtanh hardtanh_ hinge_embedding_loss huber_loss instance_norm "
        "interpolate kl_div l1_loss layer_norm leaky_relu leaky_relu_ linear "
        "local_response_norm log_softmax logsigmoid lp_pool1d lp_pool2d margin_ranking_loss "
        "max_pool1d max_pool2d max_pool3d max_unpool1d max_unpool2d max_unpool3d mish mse_loss "
        "multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss nll_loss "
        "normalize one_hot pad pairwise_distance pdist pixel_shuffle pixel_unshuffle "
        "poisson_nll_loss prelu relu relu6 relu_ rrelu rrelu_ selu selu_ sigmoid silu "
        "smooth_l1_loss soft_margin_loss softmax softmin softplus softshrink softsign tanh "
        "tanhshrink threshold threshold_ triplet_margin_loss triplet_margin_with_distance_loss "
        "unfold upsample",
    "torch.nn.init":
        "calculate_gain constant_ dirac_ eye_ kaiming_normal_ kaiming_uniform_ normal_ ones_ "
        "orthogonal_ sparse_ trunc_normal_ uniform_ xavier_normal_ xavier_uniform_ zeros_",
    "torch.nn.utils":
        "clip_grad_norm_ clip_grad_value_ parameters_to_vector parametrizations parametrize "
        "prune remove_weight_norm rnn spectral_norm vector_to_parameters weight_norm",
    "torch.optim":
        "ASGD Adadelta Adagrad Adam AdamW Adamax LBFGS NAdam Optimizer RAdam RMSprop Rprop SGD "
        "SparseAdam lr_scheduler swa_utils",
    "torch.optim.lr_scheduler":
        "ChainedScheduler ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR "
        "ExponentialLR LambdaLR LinearLR MultiStepLR MultiplicativeLR OneCycleLR PolynomialLR "
        "ReduceLROnPlateau SequentialLR StepLR",
    "torch.utils.data":
        "BatchSampler ChainDataset ConcatDataset DataLoader Dataset IterableDataset "
        "RandomSampler Sampler SequentialSampler Subset SubsetRandomSampler TensorDataset "
        "WeightedRandomSampler default_collate default_convert get_worker_info random_split",
    "torch.utils":
        "benchmark checkpoint cpp_extension data dlpack model_zoo tensorboard",
    "torch.autograd":
        "Function Variable backward detect_anomaly enable_grad forward_ad function functional "
        "grad gradcheck gradgradcheck graph inference_mode no_grad profiler set_detect_anomaly "
        "set_grad_enabled",
    "torch.autograd.functional":
        "hessian hvp jacobian jvp vhp vjp",
    "torch.cuda":
        "Event Stream amp current_device device_count empty_cache get_device_name is_available "
        "manual_seed manual_seed_all max_memory_allocated memory_allocated synchronize",
    "torchvision":
        "datasets io models ops transforms utils",
    "torchvision.datasets":
        "CIFAR10 CIFAR100 DatasetFolder EMNIST FakeData FashionMNIST ImageFolder KMNIST MNIST QMNIST "
        "SVHN VisionDataset",
    "torchvision.transforms":
        "CenterCrop ColorJitter Compose ConvertImageDtype FiveCrop GaussianBlur Grayscale "
        "InterpolationMode Lambda Normalize PILToTensor Pad RandomAffine RandomApply RandomCrop "
        "RandomErasing RandomGrayscale RandomHorizontalFlip RandomResizedCrop RandomRotation "
        "RandomVerticalFlip Resize ToPILImage ToTensor functional v2",
    "torchvision.transforms.functional":
        "InterpolationMode adjust_brightness adjust_contrast affine center_crop "
        "convert_image_dtype crop get_dimensions get_image_num_channels get_image_size hflip "
        "normalize pad pil_to_tensor resize resized_crop rgb_to_grayscale rotate to_grayscale "
        "to_pil_image to_tensor vflip",
}
